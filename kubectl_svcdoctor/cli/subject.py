"""What the user typed, as what is to be examined."""

from __future__ import annotations

import ipaddress
import re

from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.model.subject import AddressSubject, NameSubject, PodSubject, ServiceSubject, StatefulSetSubject, Subject

KINDS: dict[type[Subject], frozenset[str]] = {
    ServiceSubject: frozenset({"svc", "service", "services", "service.v1.", "services.v1."}),
    StatefulSetSubject: frozenset({"sts", "statefulset", "statefulsets", "statefulset.apps", "statefulsets.apps", "statefulset.v1.apps",
                                   "statefulsets.v1.apps"}),
    PodSubject: frozenset({"po", "pod", "pods", "pod.v1.", "pods.v1."}),
}
LATER_WORDS = frozenset({
    "ing", "ingress", "gtw", "gateway", "httproute", "grpcroute", "tlsroute", "tcproute", "udproute", "deploy", "deployment",
})
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(_LABEL)
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_DOTTED = re.compile(r"(?P<address>[0-9]+(\.[0-9]+)+)(:(?P<port>[0-9]{1,5}))?")
_BRACKETED = re.compile(r"\[(?P<address>[0-9a-f:.]+)\](:(?P<port>[0-9]{1,5}))?")
_COLONS = re.compile(r"(?P<address>[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*)(?P<port>)")
_HOST = re.compile(r"(?P<host>[a-z0-9_]([-a-z0-9_]*[a-z0-9])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9])?)*\.?)(:(?P<port>[0-9]{1,5}))?")


def parse(typed: str, namespace: str) -> Subject:
    """What `web`, `svc/web`, `sts/db`, `pod/db-0`, `db-0.db.shop`, `web:8080` or `10.96.25.7:80` names. Raises UserError that says how to write it
    instead."""
    kind, slash, name = typed.partition("/")
    if "://" in typed:
        raise UserError(f"{typed}: URLs cannot be examined yet; name the Service behind it: {plugin.program()} NAME -n NAMESPACE")
    if not slash:
        return _bare(typed, namespace)
    if kind.lower() in LATER_WORDS:
        raise UserError(f"{typed}: only Services, StatefulSets, Pods and DNS names can be examined yet; "
                        f"name the Service: {plugin.program()} NAME -n {namespace}")
    known = next((known for known, words in KINDS.items() if kind.lower() in words), None)
    if known is None:
        raise UserError(f"{typed}: {kind} is no kind that can be examined; for a Service in another namespace: "
                        f"{plugin.program()} {name or 'NAME'} -n {kind}")
    return known(namespace, _checked(known.kind, name, typed, namespace), typed)


def _bare(typed: str, namespace: str) -> Subject:
    """Without a kind: an IP address, a name with a dot or a port, which is one that a client would use, or else the name of a Service."""
    address, port = _address(typed)
    if address:
        return AddressSubject(namespace, address, typed, _port(port, typed))
    found = _HOST.fullmatch(typed.lower())
    if found and ("." in typed or found["port"]):
        return NameSubject(namespace, found["host"], typed, _port(found["port"], typed))
    return ServiceSubject(namespace, _checked("Service", typed, typed, namespace), typed)


def _address(typed: str) -> tuple[str, str]:
    """`10.96.25.7:80` and `[fd00::7]:80` as address and port, the port empty where none is given; two empty strings for what is no IP address."""
    found = next((match for pattern in (_DOTTED, _BRACKETED, _COLONS) if (match := pattern.fullmatch(typed.lower()))), None)
    if found is None:
        return "", ""
    try:
        return str(ipaddress.ip_address(found["address"])), found["port"] or ""
    except ValueError:
        raise UserError(f"{typed}: {found['address']} is neither an IP address nor a DNS name") from None


def _port(digits: str | None, typed: str) -> int:
    port = int(digits or 0)
    if port > 65535:
        raise UserError(f"{typed}: {port} is no port; ports end at 65535")
    return port


def _checked(kind: str, name: str, typed: str, namespace: str) -> str:
    pattern, most = (_NAME, 63) if kind == "Service" else (_SUBDOMAIN, 253)
    if len(name) > most or not pattern.fullmatch(name):
        raise UserError(f"{typed!r} cannot be the name of a {kind}: lower-case letters, digits and dashes, at most {most} of them; "
                        f"list the names with: kubectl get {kind.lower()}s -n {namespace}")
    return name
