"""kubectl's own flags, under their names there, and what the command line says as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_VALUED = {
    "context": "The kubeconfig context to use.",
    "cluster": "The kubeconfig cluster to use.",
    "user": "The kubeconfig user to use.",
    "kubeconfig": "Path to the kubeconfig file.",
    "token": "Bearer token for authentication.",
    "as": "User to impersonate.",
    "as-uid": "UID to impersonate.",
    "certificate-authority": "CA file for the API server.",
    "client-certificate": "Client certificate file.",
    "client-key": "Client key file.",
    "tls-server-name": "Server name for checking the certificate.",
    "proxy-url": "Proxy for requests to the API server.",
    "username": "User name for basic authentication.",
    "password": "Password for basic authentication.",
    "kuberc": "Path to the kuberc file, for its policy on credential plugins.",
    "cache-dir": "Accepted as kubectl does; nothing is cached.",
}
_REPEATED = {"as-group": "Group to impersonate; repeatable.", "as-user-extra": "Extra to impersonate, KEY=VALUE; repeatable."}
_SWITCHES = {
    "insecure-skip-tls-verify": "Do not check the API server's certificate.",
    "disable-compression": "Ask the API server for uncompressed answers.",
    "match-server-version": "Accepted as kubectl does; has no effect.",
    "warnings-as-errors": "Accepted as kubectl does; has no effect.",
}


def kubectl_flags(function: F) -> F:
    """Add kubectl's flags for choosing a cluster and a user to a click command."""
    decorators = [
        click.option("-n", "--namespace", help="The namespace of the subjects."),
        click.option("-s", "--server", help="Address of the API server."),
        click.option("--request-timeout", default="0", metavar="DURATION", help="Limit for one request, such as 5s; 0 is none."),
        click.option("-v", "--v", "verbosity", default=0, type=int, help="6 prints requests to stderr, 8 their answers."),
    ]
    decorators += [click.option(f"--{name}", _parameter(name), help=text) for name, text in _VALUED.items()]
    decorators += [click.option(f"--{name}", _parameter(name), multiple=True, help=text) for name, text in _REPEATED.items()]
    decorators += [click.option(f"--{name}", _parameter(name), is_flag=True, help=text) for name, text in _SWITCHES.items()]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def _parameter(name: str) -> str:
    return name.replace("-", "_") + ("_user" if name == "as" else "")


@dataclass(frozen=True)
class Flags:
    """The parsed command line, by parameter name."""

    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def address(self) -> tuple[str, ...]:
        """The flags that choose the cluster, as given, so that printed commands reach the same one."""
        chosen = ("kubeconfig", "context", "cluster", "user", "server")
        return tuple(f"--{name}={self.values[name]}" for name in chosen if self.values.get(name))
