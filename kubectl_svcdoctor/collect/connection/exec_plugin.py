"""Credential plugins: programs that a kubeconfig names and that print credentials (client.authentication.k8s.io).

Unlike kubectl, a plugin is given a time limit, and what it wrote to stderr becomes part of the error.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from kubectl_svcdoctor.collect.connection import document, plugin_policy
from kubectl_svcdoctor.collect.connection.credentials import bearer
from kubectl_svcdoctor.collect.connection.program import Ended, run
from kubectl_svcdoctor.collect.connection.shapes import Exec
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.collect.connection.tls import Certificate, authority
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble
from kubectl_svcdoctor.errors import UserError

_GROUP = "client.authentication.k8s.io/"
_CLUSTER_CONFIG = _GROUP + "exec"
# A person at the terminal may have to log in with a browser.
LIMIT_SECONDS, INTERACTIVE_LIMIT_SECONDS = 30.0, 300.0


class _Status(msgspec.Struct, rename="camel"):
    expiration_timestamp: datetime | None = None
    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""


class _ExecCredential(msgspec.Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


class Plugin:
    """Credentials from a plugin, which runs when they are first needed, when they expire and after a 401."""

    def __init__(self, target: Target, environ: Mapping[str, str], kuberc: str | None) -> None:
        self._spec = _checked(target)
        self._target, self._environ, self._kuberc = target, environ, kuberc
        self._lock = threading.Lock()
        self._status: _Status | None = None

    def authorization(self) -> str:
        token = self._current().token
        return bearer(token, self._name) if token else ""

    def certificate(self) -> Certificate | None:
        status = self._current()
        if not status.client_certificate_data:
            return None
        return Certificate(status.client_certificate_data.encode(), status.client_key_data.encode(), f"the certificate from {self._name}")

    def renew(self, refused: str) -> bool:
        before = self._current()
        with self._lock:
            if self._status is before:
                self._status = self._run()
            return self._status != before

    @property
    def _name(self) -> str:
        return f'the credential plugin "{os.path.basename(self._spec.command)}" of user "{self._target.user_name}"'

    def _current(self) -> _Status:
        with self._lock:
            if self._status is None or _expired(self._status):
                self._status = self._run()
            return self._status

    def _run(self) -> _Status:
        interactive = self._interactive()
        program = shutil.which(self._spec.command, path=self._environ.get("PATH"))
        if program is None:
            hint = _line(self._spec.install_hint)
            raise CredentialTrouble(f"{self._name} is not installed: {self._spec.command} was not found; install it"
                                    + (f" ({hint})" if hint else ""))
        plugin_policy.check(self._spec.command, program, self._kuberc, self._environ)
        environ = {**self._environ, **{variable.name: variable.value for variable in self._spec.env}}
        environ["KUBERNETES_EXEC_INFO"] = json.dumps(self._info(interactive), separators=(",", ":"))
        limit = INTERACTIVE_LIMIT_SECONDS if interactive else LIMIT_SECONDS
        try:
            ended = run([program, *self._spec.args], environ, limit, interactive)
        except (OSError, ValueError) as error:
            raise CredentialTrouble(f"{self._name} cannot be started: {getattr(error, 'strerror', None) or error}; install it again") from None
        return self._understood(ended, limit)

    def _interactive(self) -> bool:
        mode = self._spec.interactive_mode
        terminal = sys.stdin is not None and sys.stdin.isatty()
        if mode == "Always" and not terminal:
            raise CredentialTrouble(f"{self._name} wants to ask at a terminal, and there is none; run it at a terminal or log in first")
        return terminal and mode != "Never"

    def _info(self, interactive: bool) -> dict[str, Any]:
        """The ExecCredential for KUBERNETES_EXEC_INFO, with the cluster if the kubeconfig says so (rest.ConfigToExecCluster)."""
        spec: dict[str, Any] = {"interactive": interactive}
        cluster = self._target.cluster
        if self._spec.provide_cluster_info:
            config = next((entry.extension for entry in cluster.extensions if entry.name == _CLUSTER_CONFIG), None)
            spec["cluster"] = {"server": self._target.server, "config": config} | {name: value for name, value in {
                "tls-server-name": cluster.tls_server_name,
                "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
                "certificate-authority-data": base64.b64encode(authority(cluster)).decode(),
                "proxy-url": cluster.proxy_url,
                "disable-compression": cluster.disable_compression,
            }.items() if value}
        return {"kind": "ExecCredential", "apiVersion": self._spec.api_version, "spec": spec}

    def _understood(self, ended: Ended, limit: float) -> _Status:
        said = _line(ended.stderr)[-500:]
        if ended.status is None:
            raise CredentialTrouble(f"{self._name} did not finish within {limit:g} seconds; run it by hand to see what it waits for"
                                    + (f" (it said: {said})" if said else ""))
        if ended.status != 0:
            raise CredentialTrouble(f"{self._name} failed with exit status {ended.status}: {said or 'it said nothing'}; "
                                    "log in again or fix the plugin")
        try:
            answer = document.read(ended.stdout, _ExecCredential, f"the answer of {self._name}")
        except UserError as error:
            raise CredentialTrouble(error.message) from None
        if answer.kind != "ExecCredential" or answer.api_version != self._spec.api_version:
            raise CredentialTrouble(f'{self._name} answered with "{_line(answer.api_version)}" {_line(answer.kind)} instead of '
                                    f'"{self._spec.api_version}" ExecCredential; correct apiVersion in the kubeconfig')
        status = answer.status or _Status()
        if not (status.token or (status.client_certificate_data and status.client_key_data)):
            raise CredentialTrouble(f"{self._name} gave neither a token nor a certificate with its key; log in again or fix the plugin")
        return status


def _checked(target: Target) -> Exec:
    """The plugin's configuration. Raises UserError for an incomplete one."""
    spec = target.user.exec or Exec()
    where = f'exec of user "{target.user_name}" in the kubeconfig'
    if not spec.command:
        raise UserError(f"{where} has no command; add it")
    if spec.api_version not in (_GROUP + "v1", _GROUP + "v1beta1"):
        raise UserError(f'{where} has the apiVersion "{spec.api_version}"; set {_GROUP}v1 (update the plugin if it cannot speak it)')
    if not spec.interactive_mode and spec.api_version == _GROUP + "v1":
        raise UserError(f"{where} has no interactiveMode, which v1 requires; set Never, IfAvailable or Always")
    if spec.interactive_mode not in ("", "Never", "IfAvailable", "Always"):
        raise UserError(f'{where} has the interactiveMode "{spec.interactive_mode}"; set Never, IfAvailable or Always')
    return spec


def _expired(status: _Status) -> bool:
    expiry = status.expiration_timestamp
    return expiry is not None and datetime.now(UTC) > (expiry if expiry.tzinfo else expiry.replace(tzinfo=UTC))


def _line(text: str) -> str:
    """One line without escape sequences: a plugin's words must not drive the terminal."""
    return " ".join("".join(letter if letter.isprintable() or letter.isspace() else "?" for letter in text).split())
