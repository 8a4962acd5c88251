"""What the nameservers of a Pod answer to it, and what becomes of queries on their way."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain, Expected, control
from kubectl_svcdoctor.graph.dns.client import foreign
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT, ClusterDNS, DNSSlices, SystemServices, port_over, ports_over
from kubectl_svcdoctor.graph.netpol import Allowed, AnyPod, Outside, Port, Verdict, egress
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.own_pod import OwnPod
from kubectl_svcdoctor.model.dns import RecordSet
from kubectl_svcdoctor.model.questions import UNANSWERED, Inside, Looked, LookupFrom, Resolved
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod

NAMES_AT_MOST, NAMESERVERS_AT_MOST, SERVERS_AT_MOST, SAMPLED_SERVERS, TURNS = 8, 3, 4, 2, 10
CUT_FROM = 20  # about so many addresses fit into 512 octets
CACHE_APP = "node-local-dns"  # cluster/addons/dns/nodelocaldns


class VantageReplies(dict[LookupFrom, Reply]):
    """What the Pod's nameservers answer over UDP, as a resolver asks them: the first one to all names, the others to the DNS Service's own."""


class TellingLookups(dict[LookupFrom, Reply]):
    """The same, without silence where the policies do not let a Pod that was created to ask send queries."""


class WayReplies(dict[LookupFrom, Reply]):
    """The same question by other ways, where the usual one gives no answer or not always: over TCP, at the addresses of the servers themselves, and there
    on another port, where the DNS Service targets several."""


class NodeCachePods(tuple[Pod, ...]):
    """The Pod of NodeLocal DNSCache on the node of the vantage: one, or none; read only where a node's cache does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One nameserver of the Pod, by what it answered to it: `answers` to what should be answered, `own` to the DNS Service's own name.

    `ours`: it is the cluster's DNS or a node's cache of it. `knows_cluster`: the answer to that own name is right.
    """

    vantage: Inside
    address: str
    ours: bool
    knows_cluster: bool
    own: Resolved
    answers: tuple[tuple[RecordSet, Resolved], ...]

    @property
    def unheard(self) -> int:
        """How many queries had no answer."""
        return sum(told.status in UNANSWERED for told in self._all)

    @property
    def silence(self) -> Resolved:
        """How queries went unheard: refused, if any was, for a kernel refuses only so many a second."""
        return next((told for told in self._all if told.status == "CLOSED"), self.own)

    @property
    def asked(self) -> int:
        return len(self._all)

    @property
    def _all(self) -> tuple[Resolved, ...]:
        return (self.own, *(told for _, told in self.answers))

    @property
    def wrong(self) -> tuple[tuple[RecordSet, Resolved], ...]:
        """Names with an answer that is not as it should be."""
        return tuple((record, told) for record, told in self.answers
                     if told.status not in UNANSWERED and not record.agrees(told) and not _cut(record, told))

    @property
    def cache(self) -> bool:
        """Whether it is a node's own cache: that listens at a link-local address (NodeLocal DNSCache: 169.254.20.10)."""
        return not foreign(self.address)


def _cut(record: RecordSet, told: Resolved) -> bool:
    """Whether an answer may only have been too long for a datagram: busybox's nslookup does not say so, and does not ask again over TCP."""
    return len(told.values) >= CUT_FROM and set(told.values) < set(record.values)


class Well(Heard):
    """Every name is answered as it should be."""


class Elsewhere(Heard):
    """It is none of the cluster's, and does not know the cluster's names."""


class Unreached(Heard):
    """It is the cluster's, and no query was answered."""


class Lossy(Heard):
    """Some queries were answered and others were not."""


class WrongFromPod(Heard):
    """It answers, and something else than it should."""


@asks(VantageReplies)
def vantage_replies(
    vantage: Inside, seen: Looked, dns: ClusterDNS, domain: ClusterDomain, wanted: Expected | None = None
) -> tuple[LookupFrom, ...] | Irrelevant:
    """Where no Service is examined (a Pod that none selects), the DNS Service's own name tells what the Pod's nameservers are."""
    own = control(dns.service, domain.name)
    if not seen.nameservers:
        return Irrelevant("the Pod's resolv.conf names no nameserver")
    asked = [LookupFrom(vantage, address, DNS_PORT, "UDP", own.name, own.type) for address in seen.nameservers[:NAMESERVERS_AT_MOST]]
    asked += [LookupFrom(vantage, seen.nameservers[0], DNS_PORT, "UDP", record.name, record.type) for record in (wanted or ())[:NAMES_AT_MOST]]
    return tuple(dict.fromkeys(asked))


@derives
def telling_lookups(
    replies: VantageReplies, dns: ClusterDNS, slices: DNSSlices | None = None, own: OwnPod | None = None, service: Service | None = None
) -> TellingLookups:
    """The servers are known by the selector of their Service alone."""
    if own is None:
        return TellingLookups(replies)
    servers = AnyPod(dns.namespace, labels(dns.service.selector))
    ports = ports_over(dns.service, slices or DNSSlices(), "UDP") or (DNS_PORT,)

    def verdict(lookup: LookupFrom) -> Verdict:
        targets = [(Outside((lookup.address,)), DNS_PORT)] if lookup.address not in dns.service.spec.cluster_ips else [(servers, port) for port in ports]
        found = [egress(own.policies, own.pod, target, Port(port, "UDP")) for target, port in targets]
        return next((said for said in found if not isinstance(said, Allowed)), Allowed())

    def failed(reply: Reply) -> bool:
        return isinstance(reply, Resolved) and reply.status in UNANSWERED

    return TellingLookups(own.telling(replies, failed, verdict, own.reaches("the cluster's DNS"), service))


@derives
def heard(
    vantage: Inside, seen: Looked, dns: ClusterDNS, system: SystemServices, domain: ClusterDomain, told: TellingLookups, wanted: Expected | None = None
) -> Heard | Irrelevant:
    """What the Pod's first nameserver answered; resolvers ask the others only when that one is silent."""
    address = seen.nameservers[0]
    own = control(dns.service, domain.name)

    def reply(record: RecordSet) -> Reply | None:
        return told.get(LookupFrom(vantage, address, DNS_PORT, "UDP", record.name, record.type))

    known = reply(own)
    if not isinstance(known, Resolved):
        return Irrelevant(f"nobody could tell what {address} answers", unseen=True)
    ours = not foreign(address) or any(address in service.spec.cluster_ips for service in (dns.service, *system))
    answers = tuple((record, there) for record in (wanted or ())[:NAMES_AT_MOST] if isinstance(there := reply(record), Resolved))
    return Heard(vantage, address, ours, own.agrees(known), known, answers)


@derives
def outcome(found: Heard) -> Well | Elsewhere | Unreached | Lossy | WrongFromPod:
    """What that nameserver is to the Pod."""
    facts = (found.vantage, found.address, found.ours, found.knows_cluster, found.own, found.answers)
    if found.unheard == found.asked:
        return Unreached(*facts) if found.ours else Elsewhere(*facts)
    if found.own.status not in UNANSWERED and not found.knows_cluster:
        return WrongFromPod(*facts) if found.ours else Elsewhere(*facts)
    if found.unheard:
        return Lossy(*facts)
    return WrongFromPod(*facts) if found.wrong else Well(*facts)


@asks(WayReplies)
def way_replies(
    vantage: Inside, dns: ClusterDNS, slices: DNSSlices, domain: ClusterDomain, away: Unreached | None = None, lossy: Lossy | None = None
) -> tuple[LookupFrom, ...] | Irrelevant:
    trouble = away or lossy
    if trouble is None:
        return Irrelevant("queries are answered")
    own = control(dns.service, domain.name)
    servers = server_addresses(dns, slices)[:SAMPLED_SERVERS if lossy else SERVERS_AT_MOST]
    turns = range(1, TURNS + 1) if lossy else range(1, 2)
    asked = [LookupFrom(vantage, trouble.address, DNS_PORT, "TCP", own.name, own.type)]
    asked += [LookupFrom(vantage, trouble.address, DNS_PORT, "UDP", own.name, own.type, turn) for turn in turns]
    asked += [LookupFrom(vantage, address, port, "UDP", own.name, own.type, turn) for address, port in servers for turn in turns]
    asked += [LookupFrom(vantage, address, other, "UDP", own.name, own.type) for address, _ in servers for other in other_ports(dns, slices)]
    return tuple(dict.fromkeys(asked))


def server_addresses(dns: ClusterDNS, slices: DNSSlices) -> list[tuple[str, int]]:
    """Addresses of the ready DNS servers themselves, with the ports to which the slices send what comes over UDP, in a stable order."""
    found = {(endpoint.addresses[0], port) for part in slices if (port := port_over(dns.service, part, "UDP"))
             for endpoint in part.endpoints or () if endpoint.ready and endpoint.addresses}
    return sorted(found)


def other_ports(dns: ClusterDNS, slices: DNSSlices) -> tuple[int, ...]:
    """Ports on which a server may take queries over UDP beside the one that the slices name: where it takes those over TCP, and the usual one."""
    used = ports_over(dns.service, slices, "UDP")
    return tuple(port for port in dict.fromkeys((*ports_over(dns.service, slices, "TCP"), DNS_PORT)) if used and port not in used)


@dataclass(frozen=True, slots=True)
class Ways:
    """How many queries were sent by each way and how many answered: over UDP and TCP to the nameserver, and to the servers themselves.

    `complete`: all ready servers were asked. `answering`: the port on which servers answer over UDP although the slices name another; 0 for none.
    """

    udp: tuple[int, int]
    tcp: tuple[int, int]
    direct: tuple[int, int]
    complete: bool = True
    answering: int = 0

    @property
    def all_servers(self) -> bool:
        """Whether every ready server answered at its own address, on the port that the slices name."""
        return self.complete and 0 < self.direct[0] == self.direct[1]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was answered, for evidence."""
        counts = {"over UDP to that address": self.udp, "over TCP to that address": self.tcp, "over UDP to the DNS servers' own addresses": self.direct}
        return tuple(f"{words}: {answered} of {sent} queries were answered" for words, (sent, answered) in counts.items() if sent)


@derives
def ways(replies: WayReplies, dns: ClusterDNS, slices: DNSSlices, away: Unreached | None = None, lossy: Lossy | None = None) -> Ways:
    trouble = away or lossy
    address = trouble.address if trouble else ""
    servers, others = set(server_addresses(dns, slices)), other_ports(dns, slices)
    heard = [(question, reply) for question, reply in replies.items() if isinstance(reply, Resolved)]

    def counted(mine: list[Resolved]) -> tuple[int, int]:
        return len(mine), sum(reply.status not in UNANSWERED for reply in mine)

    def there(protocol: str) -> tuple[int, int]:
        return counted([reply for question, reply in heard if question.address == address and question.protocol == protocol])

    direct = counted([reply for question, reply in heard if (question.address, question.port) in servers])
    asked = {(question.address, question.port) for question, _ in heard}
    answering = next((port for port in others if any(
        question.address != address and question.port == port and reply.status not in UNANSWERED for question, reply in heard)), 0)
    return Ways(there("UDP"), there("TCP"), direct, servers <= asked, answering)


@asks(NodeCachePods)
def node_cache_pods(away: Unreached | None = None, wrong: WrongFromPod | None = None) -> Query[Pod] | Irrelevant:
    heard = away or wrong
    if heard is None or not heard.cache:
        return Irrelevant("it is no node's cache that is asked")
    return Query(Pod, "kube-system", labels=(("k8s-app", CACHE_APP),), fields=(("spec.nodeName", heard.vantage.node),))
