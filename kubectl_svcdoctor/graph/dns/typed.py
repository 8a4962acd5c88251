"""The DNS name that the user typed, asked as it stands where it holds a domain of its own."""

from __future__ import annotations

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain
from kubectl_svcdoctor.graph.dns.servers import NameServers
from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.graph.subjects import ClientName
from kubectl_svcdoctor.model.questions import Lookup, Resolved
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.subject import Subject


class TypedReplies(dict[Lookup, Reply]):
    """What each server answers to the name as it was typed, where its domain is not the cluster's."""

    @property
    def resolves(self) -> bool:
        """Whether any server gives a record or knows the name."""
        return any(isinstance(reply, Resolved) and reply.status == "NOERROR" for reply in self.values())


@asks(TypedReplies)
def typed_replies(subject: Subject, name: ClientName, domain: ClusterDomain, servers: NameServers) -> tuple[Lookup, ...] | Irrelevant:
    if name.domain in ("", domain.name):
        return Irrelevant("the name holds no domain, or the cluster's")
    return tuple(Lookup(server, subject.name.rstrip("."), "A") for server in servers)
