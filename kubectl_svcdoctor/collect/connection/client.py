"""The door to one API server."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kubectl_svcdoctor.collect.connection.options import ConnectionOptions
from kubectl_svcdoctor.collect.connection.request_log import RequestLog
from kubectl_svcdoctor.collect.connection.response import Response
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble

if TYPE_CHECKING:
    from kubectl_svcdoctor.collect.connection.execution import Execution
    from kubectl_svcdoctor.collect.connection.objects import Objects
    from kubectl_svcdoctor.collect.connection.portforward import ForwardedSocket
    from kubectl_svcdoctor.collect.connection.transport import Transport
    from kubectl_svcdoctor.model.meta import Resource

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Connection:
    """Requests as one user to one server, from any thread.

    `context` is None inside a pod without a kubeconfig; `user` is the kubeconfig's name for the user; `namespace` is the one
    that applies when a command names none; `warnings` are sentences for stderr.
    """

    def __init__(self, transport: Transport) -> None:
        target = transport.target
        self._transport = transport
        self.context, self.server, self.namespace, self.user = target.context, target.server, target.namespace, target.user_name
        self.warnings = target.warnings

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._transport.requests

    def get(self, path: str, params: Mapping[str, str] = _NOTHING, accept: str | None = None, timeout: float | None = None) -> Response:
        """The answer to GET, whatever its status. `timeout` in seconds beats the options'.

        Raises Unreachable, TimedOut, TLSTrouble or CredentialTrouble when there is no answer, and UserError for a broken
        kubeconfig, also for what only shows when the connection is made.
        """
        return self._transport.send("GET", path, params, {"Accept": accept} if accept else {}, None, timeout)

    def post(self, path: str, body: Mapping[str, Any], timeout: float | None = None) -> Response:
        """The answer to a POST of a JSON object, for reviews such as SelfSubjectAccessReview. Raises as `get` does."""
        headers = {"Content-Type": "application/json"}
        return self._transport.send("POST", path, _NOTHING, headers, json.dumps(body).encode(), timeout)

    def objects(self, resource: Resource) -> Objects:
        """The objects of one resource, to be created, deleted and watched. What that takes is imported here: it costs more than a whole examination
        may, and only --from, --watch and --wait have a use for it."""
        from kubectl_svcdoctor.collect.connection.objects import Objects

        return Objects(self._transport, resource)

    def refused(self) -> CredentialTrouble:
        """What status 401 means for these credentials: expired since when, or not accepted, and how to get new ones."""
        from kubectl_svcdoctor.collect.connection.expiry import refused

        return refused(self._transport.target, self._transport.credentials)

    def port_forward(self, namespace: str, pod: str, port: int, timeout: float | None = None) -> ForwardedSocket:
        """A connected socket to a port inside a pod, by way of the API server and the kubelet.

        Needs the verbs get and create on pods/portforward. A pod that refuses the connection shows as the end of the stream,
        and the kubelet's words are then in the socket's `error`. `timeout`, in seconds, applies to setting up. Raises
        Unreachable, TimedOut, TLSTrouble or CredentialTrouble when no forwarding comes about.
        """
        from kubectl_svcdoctor.collect.connection.portforward import forward

        return forward(self._transport, namespace, pod, port, timeout)

    def execute(self, namespace: str, pod: str, container: str, command: Sequence[str], timeout: float | None = None) -> Execution:
        """A command, started in a running container, without standard input.

        Needs the verbs get and create on pods/exec. `timeout`, in seconds, applies to starting it. Raises Forbidden, Unreachable, TimedOut,
        TLSTrouble or CredentialTrouble when it does not come about.
        """
        from kubectl_svcdoctor.collect.connection.execution import execute

        return execute(self._transport, namespace, pod, container, command, timeout)


def connect(options: ConnectionOptions, environ: Mapping[str, str] | None = None, log: RequestLog | None = None) -> Connection:
    """The connection that kubectl would make with these flags; nothing is sent yet. Raises UserError for a broken kubeconfig."""
    from kubectl_svcdoctor.collect.connection.authentication import credentials_for
    from kubectl_svcdoctor.collect.connection.choice import choose
    from kubectl_svcdoctor.collect.connection.transport import Transport

    environ = os.environ if environ is None else environ
    target = choose(options, environ)
    credentials = credentials_for(target, environ, options.kuberc)
    return Connection(Transport(target, credentials, environ, log or RequestLog(options.verbosity), options.request_timeout))
