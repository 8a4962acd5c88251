"""What the user typed, as what is to be examined."""

from __future__ import annotations

import re

from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.report import Subject

SERVICE_WORDS = frozenset({"svc", "service", "services", "service.v1.", "services.v1."})
LATER_WORDS = frozenset({
    "ing", "ingress", "gtw", "gateway", "httproute", "grpcroute", "tlsroute", "tcproute", "udproute", "sts", "statefulset", "deploy",
    "deployment", "po", "pod",
})
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def parse(typed: str, namespace: str) -> Subject:
    """The Service that `web`, `svc/web` or `service/web` names. Raises UserError that says how to write it instead."""
    kind, slash, name = typed.partition("/")
    if not slash:
        kind, name = "service", typed
    if "://" in typed:
        raise UserError(f"{typed}: URLs cannot be examined yet; name the Service behind it: kubectl svcdoctor NAME -n NAMESPACE")
    if kind.lower() in LATER_WORDS:
        raise UserError(f"{typed}: only Services can be examined yet; name the Service: kubectl svcdoctor NAME -n {namespace}")
    if kind.lower() not in SERVICE_WORDS:
        raise UserError(f"{typed}: {kind} is no kind that can be examined; for a Service in another namespace: "
                        f"kubectl svcdoctor {name or 'NAME'} -n {kind}")
    if len(name) > 63 or not _NAME.fullmatch(name):
        raise UserError(f"{typed!r} cannot be the name of a Service: lower-case letters, digits and dashes, at most 63 of them; "
                        f"list the names with: kubectl get services -n {namespace}")
    return Subject("Service", namespace, name, typed)
