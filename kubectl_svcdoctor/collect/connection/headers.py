"""The headers of every request: who asks, and for whom (client-go, transport/round_trippers.go)."""

from __future__ import annotations

import platform
from urllib.parse import quote

import urllib3

from kubectl_svcdoctor import __version__
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.errors import UserError


def headers_for(target: Target) -> urllib3.HTTPHeaderDict:
    """User agent, formats and impersonation. Raises UserError for a name that no header can carry."""
    made = urllib3.HTTPHeaderDict()
    made["User-Agent"] = f"kubectl-svcdoctor/{__version__} ({platform.system().lower()}/{platform.machine().lower()})"
    made["Accept"] = "application/json"
    made["Accept-Encoding"] = "identity" if target.cluster.disable_compression else "gzip"
    user = target.user
    if user.as_user:
        made["Impersonate-User"] = _carried(user.as_user)
        if user.as_uid:
            made["Impersonate-Uid"] = _carried(user.as_uid)
        for group in user.as_groups:
            made.add("Impersonate-Group", _carried(group))
        for key, values in user.as_user_extra.items():
            for value in values:
                made.add("Impersonate-Extra-" + quote(key, safe="!#$&'*+-.^_`|~"), _carried(value))
    return made


def _carried(value: str) -> str:
    """A header's value in UTF-8, as Go sends it; http.client takes latin-1 for granted."""
    if not value.isprintable():
        raise UserError(f"{value!r} cannot be impersonated: it holds line ends or control characters; correct --as or the kubeconfig")
    return value.encode().decode("latin-1")
