"""Which names are asked of which server, and what the answers amount to."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.corefile import served_zones
from kubectl_svcdoctor.graph.dns.reads import corefile_name
from kubectl_svcdoctor.graph.dns.records import records, reverse
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS, NameServers
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.cluster import ConfigMap
from kubectl_svcdoctor.model.dns import Names, RecordSet, Row
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.questions import Lookup, Resolved, Resolver, Resolving, Server
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.subject import PodSubject, Subject

NAMES_AT_MOST = 24
USUAL_DOMAIN = "cluster.local"


class ZoneReplies(dict[Lookup, Reply]):
    """What each server calls the DNS Service's own address: the cluster domain stands in that name."""


class KubeletReplies(dict[Resolver, Reply]):
    """What the kubelet of one DNS server's node gives to its Pods: that is what clients ask, and under which domain."""

    @property
    def told(self) -> Resolving | None:
        return next((reply for reply in self.values() if isinstance(reply, Resolving)), None)


class Corefile(tuple[ConfigMap, ...]):
    """The ConfigMap with CoreDNS's configuration; read where the servers did not tell the domain, or tell it differently."""

    @property
    def text(self) -> str:
        return self[0].data.get("Corefile", "") if self else ""


@dataclass(frozen=True, slots=True)
class ClusterDomain:
    """The domain, and how it was found out: by what the servers answer, by the Corefile, or only because it is the usual one."""

    name: str
    source: str


class Expected(tuple[RecordSet, ...]):
    """The record sets that the subject should have, by the DNS specification; at most so many that asking for them stays cheap."""


class Answers(dict[Lookup, Reply]):
    """What each server answers to the expected names, and to the DNS Service's own name, which tells trouble of a server from trouble of a name."""


@asks(ZoneReplies)
def zone_replies(dns: ClusterDNS, servers: NameServers) -> tuple[Lookup, ...] | Irrelevant:
    name = reverse(dns.service.spec.cluster_ip)
    return tuple(Lookup(server, name, "PTR") for server in servers) if name else Irrelevant("the DNS Service has no address")


@asks(KubeletReplies)
def kubelet_replies(servers: NameServers) -> tuple[Resolver, ...]:
    return (Resolver(servers[0].node),)


def told_domains(zone: ZoneReplies | None, dns: Service) -> list[str]:
    """The domains that servers told, the commonest first."""
    head = f"{dns.name}.{dns.namespace}.svc."
    heard = [value.removeprefix(head) for reply in (zone or {}).values() if isinstance(reply, Resolved)
             for value in reply.values if value.startswith(head)]
    return sorted(dict.fromkeys(heard), key=lambda name: -heard.count(name))


@asks(Corefile)
def corefile(dns: ClusterDNS, servers: NameServers, zone: ZoneReplies | None = None) -> Query[ConfigMap] | Irrelevant:
    if told_domains(zone, dns.service):
        return Irrelevant("the servers told the cluster domain")
    return Query(ConfigMap, dns.namespace, corefile_name(dns.service))


@derives
def cluster_domain(
    dns: ClusterDNS, kubelet: KubeletReplies | None = None, zone: ZoneReplies | None = None, configured: Corefile | None = None
) -> ClusterDomain:
    """What clients are given counts; what servers serve, where no kubelet told."""
    given = kubelet.told if kubelet else None
    if given and given.domain:
        return ClusterDomain(given.domain, "as the kubelets tell Pods")
    told = told_domains(zone, dns.service)
    if told:
        return ClusterDomain(told[0], "as the servers answer")
    zones = served_zones(configured.text) if configured else ()
    if zones:
        return ClusterDomain(zones[0], "as the Corefile says")
    return ClusterDomain(USUAL_DOMAIN, "assumed, since nobody told it")


@derives
def expected(domain: ClusterDomain, subject: Subject, service: Service | None = None, slices: ServiceSlices | None = None) -> Expected | Irrelevant:
    if service is None:
        # A Pod that no Service selects is a client all the same: it has to resolve the DNS Service's own name.
        return Expected() if isinstance(subject, PodSubject) else Irrelevant("there is no Service", unseen=True)
    if slices is None and service.headless:
        return Irrelevant("the records of a headless Service follow from its EndpointSlices")
    return Expected(records(service, slices or (), domain.name)[:NAMES_AT_MOST])


def control(dns: Service, domain: str) -> RecordSet:
    """The DNS Service's own name: a server that does not know even that serves no name of the cluster."""
    return records(dns, (), domain)[0]


class GuessedAnswers(Answers):
    """The same under the usual domain, asked together with what tells the domain: mostly it is that one, and a second round is saved."""


@asks(GuessedAnswers)
def guessed(dns: ClusterDNS, servers: NameServers, service: Service, slices: ServiceSlices) -> tuple[Lookup, ...]:
    return _lookups(dns, servers, USUAL_DOMAIN, records(service, slices, USUAL_DOMAIN)[:NAMES_AT_MOST])


@asks(Answers)
def asked(dns: ClusterDNS, servers: NameServers, domain: ClusterDomain, wanted: Expected) -> tuple[Lookup, ...]:
    return _lookups(dns, servers, domain.name, wanted)


def _lookups(dns: ClusterDNS, servers: NameServers, domain: str, wanted: tuple[RecordSet, ...]) -> tuple[Lookup, ...]:
    names = dict.fromkeys((entry.name, entry.type) for entry in (control(dns.service, domain), *wanted))
    return tuple(Lookup(server, *name) for server in servers for name in names)


@derives
def answers(
    dns: ClusterDNS, servers: NameServers, domain: ClusterDomain, wanted: Expected, told: Answers, guess: GuessedAnswers | None = None
) -> Names:
    """One row for each expected record set, and the control."""
    rows = tuple(_row(entry, servers, told) for entry in wanted)
    return Names(domain.name, domain.source, rows, tuple(servers), _row(control(dns.service, domain.name), servers, told))


def _row(record: RecordSet, servers: tuple[Server, ...], told: Answers) -> Row:
    heard = ((server, told.get(Lookup(server, record.name, record.type))) for server in servers)
    return Row(record, {server: reply for server, reply in heard if isinstance(reply, Resolved)})
