"""What a Pod's search path makes of the Service's name, tried as its resolver would (resolv.conf(5), search and ndots)."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain, Expected
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.dns import is_name
from kubectl_svcdoctor.model.questions import UNANSWERED, Inside, Looked, LookupFrom, Resolved
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.subject import NameSubject, Subject


class SearchReplies(dict[LookupFrom, Reply]):
    """What the Pod's first nameserver answers to each name that the resolver would try."""


@dataclass(frozen=True, slots=True)
class Searched:
    """One way to write the name. `tried` are the names that the resolver asks, in its order, `found` the first of them that has an address, with
    the `addresses`; empty for none. `right` tells whether that is the Service's own name, `typed` whether the user wrote it so."""

    text: str
    tried: tuple[str, ...]
    found: str
    addresses: tuple[str, ...]
    right: bool
    typed: bool


class Searches(tuple[Searched, ...]):
    """All ways to write the name that were tried; never empty."""


def tried(text: str, seen: Looked) -> tuple[str, ...]:
    """The absolute names that a resolver asks for a name, in their order, without last dots; it passes over what is none, as that of `search a..b` is."""
    if text.endswith("."):
        return (text.rstrip("."),)
    searched = [f"{text}.{domain}".rstrip(".") for domain in seen.searches]
    names = [text, *searched] if text.count(".") >= seen.ndots else [*searched, text]
    return tuple(dict.fromkeys(filter(is_name, names)))


def _texts(subject: Subject, service: Service, vantage: Inside, domain: ClusterDomain) -> dict[str, bool]:
    """The ways to write the name, with whether the user wrote it so."""
    if isinstance(subject, NameSubject):
        return {subject.name: True}
    own = f"{service.name}.{service.namespace}"
    short = service.name if vantage.namespace == service.namespace else own
    return {short: False, f"{own}.svc.{domain.name}": False}


def _type(wanted: Expected) -> str:
    return next((record.type for record in wanted if record.type in ("A", "AAAA") and record.values), "")


@asks(SearchReplies)
def search_replies(
    subject: Subject, service: Service, vantage: Inside, seen: Looked, domain: ClusterDomain, wanted: Expected
) -> tuple[LookupFrom, ...] | Irrelevant:
    kind = _type(wanted)
    if not seen.nameservers or not kind or service.external:
        return Irrelevant("there is no address that a search could lead to")
    names = dict.fromkeys(name for text in _texts(subject, service, vantage, domain) for name in tried(text, seen))
    return tuple(LookupFrom(vantage, seen.nameservers[0], DNS_PORT, "UDP", name, kind) for name in names)


@derives
def searches(
    subject: Subject, service: Service, vantage: Inside, seen: Looked, domain: ClusterDomain, wanted: Expected, replies: SearchReplies
) -> Searches | Irrelevant:
    kind, names = _type(wanted), {record.name for record in wanted}
    found = []
    for text, typed in _texts(subject, service, vantage, domain).items():
        heard = [(name, replies.get(LookupFrom(vantage, seen.nameservers[0], DNS_PORT, "UDP", name, kind))) for name in tried(text, seen)]
        if any(not isinstance(reply, Resolved) or reply.status in UNANSWERED for _, reply in heard):
            continue  # what a resolver makes of silence is another defect
        name, addresses = next(((name, reply.values) for name, reply in heard if isinstance(reply, Resolved) and reply.values), ("", ()))
        found.append(Searched(text.rstrip("."), tuple(name for name, _ in heard), name, addresses, name in names, typed))
    return Searches(found) if found else Irrelevant("no way to write the name was answered to the end", unseen=True)
