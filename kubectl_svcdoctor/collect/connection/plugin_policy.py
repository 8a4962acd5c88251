"""Which credential plugins the user allows: kubectl's kuberc file, honoured here because a plugin is a foreign program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from kubectl_svcdoctor.collect.connection import document
from kubectl_svcdoctor.collect.connection.kubeconfig import home
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble
from kubectl_svcdoctor.errors import UserError


class _Allowed(msgspec.Struct):
    command: str = ""
    name: str = ""


class _Kuberc(msgspec.Struct, rename="camel"):
    credential_plugin_policy: str = ""
    credential_plugin_allowlist: list[_Allowed] | None = None


def check(command: str, program: str, kuberc: str | None, environ: Mapping[str, str]) -> None:
    """Raise CredentialTrouble when the plugin may not run. `command` is as configured, `program` the file found for it.

    The rules of client-go's exec authenticator (plugin/pkg/client/auth/exec, checkAllowlistLocked).
    """
    preferences, path = _preferences(kuberc, environ)
    policy, allowed = preferences.credential_plugin_policy, preferences.credential_plugin_allowlist
    if policy in ("", "AllowAll", "DenyAll") and allowed is not None:
        raise UserError(f"{path} lists allowed credential plugins, but its credentialPluginPolicy is not Allowlist; set it")
    if policy in ("", "AllowAll"):
        return
    if policy == "DenyAll":
        raise CredentialTrouble(f'the credential plugin "{command}" may not run: {path} forbids all; allow it there')
    if policy != "Allowlist":
        raise UserError(f'{path} has the unknown credentialPluginPolicy "{policy}"; set AllowAll, DenyAll or Allowlist')
    if not allowed:
        raise UserError(f"{path} allows only listed credential plugins but lists none; set credentialPluginAllowlist, or DenyAll")
    entries = [entry.command or entry.name for entry in allowed]
    if not any(_is(entry, command, program, environ) for entry in entries):
        raise CredentialTrouble(f'the credential plugin "{command}" may not run: credentialPluginAllowlist in {path} lacks it; add it')


def _is(entry: str, command: str, program: str, environ: Mapping[str, str]) -> bool:
    if entry in (os.path.normpath(command), program):
        return True
    return os.path.basename(entry) == os.path.basename(program) and shutil.which(entry, path=environ.get("PATH")) == program


def _preferences(kuberc: str | None, environ: Mapping[str, str]) -> tuple[_Kuberc, str]:
    """The file's content and path. One that was named must exist; the default one may be missing or broken (kubectl warns)."""
    named = kuberc or environ.get("KUBERC", "")
    if environ.get("KUBERC") == "off":
        if kuberc:
            raise UserError("KUBERC=off and --kuberc contradict each other; drop one")
        return _Kuberc(), ""
    path = named or str(home(environ) / ".kube" / "kuberc")
    try:
        return document.read(Path(path).read_bytes(), _Kuberc, f"the kuberc {path}"), f"the kuberc {path}"
    except OSError as error:
        if named:
            raise UserError(f"the kuberc {path} cannot be read: {(error.strerror or 'failed').lower()}; check KUBERC or --kuberc") from None
    except UserError:
        if named:
            raise
    return _Kuberc(), ""
