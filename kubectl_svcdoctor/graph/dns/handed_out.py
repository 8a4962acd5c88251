"""The nameserver that kubelets hand out to Pods, where no Service of the cluster's DNS has that address."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.answers import KubeletReplies
from kubectl_svcdoctor.graph.dns.client import foreign
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS, NameServers, SystemServices
from kubectl_svcdoctor.graph.dns.state import NoDNSService
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.questions import Resolver, Resolving
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod

NODES_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Suspected:
    """An address that a kubelet hands out as nameserver and that no Service of the DNS servers' namespace has, in the range of the Services."""

    address: str


class FirstService(tuple[Service, ...]):
    """The Service kubernetes, whose address is the first of the range from which Services get theirs (kubernetes-service controller)."""


class AddressHolders(tuple[Service, ...]):
    """The Services of all namespaces that have the address which is handed out."""


class OtherKubelets(dict[Resolver, Reply]):
    """What the kubelets of the other DNS servers' nodes hand out; asked only where the first one hands out such an address."""


@dataclass(frozen=True, slots=True)
class Astray:
    """Kubelets hand out an address of the Services' range that no Service has, so nothing answers there; `nodes` are those that were asked."""

    address: str
    nodes: tuple[str, ...]
    service: Service
    taken: frozenset[str]


@asks(FirstService)
def first_service(dns: ClusterDNS, system: SystemServices, kubelet: KubeletReplies) -> Query[Service] | Irrelevant:
    if _unserved(dns, system, kubelet) is None:
        return Irrelevant("Pods are sent to the cluster's DNS")
    return Query(Service, "default", "kubernetes")


def _unserved(dns: ClusterDNS, system: SystemServices, kubelet: KubeletReplies) -> str | None:
    given = kubelet.told.nameservers if kubelet.told else ()
    served = {address for service in (dns.service, *system) for address in service.spec.cluster_ips}
    if not given or any(address in served or not foreign(address) for address in given):
        return None
    return given[0]


@derives
def suspected(dns: ClusterDNS, system: SystemServices, kubelet: KubeletReplies, first: FirstService | None = None) -> Suspected | Irrelevant:
    """A nameserver outside of that range is nobody's mistake by itself: a cache on the nodes, or one of the network's own, may listen there."""
    address = _unserved(dns, system, kubelet)
    known = (dns.service, *system, *(first or ()))
    if address is None or not any(_neighbours(address, other) for service in known for other in service.spec.cluster_ips):
        return Irrelevant("Pods are sent to the cluster's DNS, or to a nameserver that is no Service's")
    return Suspected(address)


def _neighbours(one: str, other: str) -> bool:
    """Whether both lie in the first 256 addresses of one range: from there come the addresses that are chosen by hand (KEP-3070)."""
    try:
        first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    except ValueError:
        return False
    return first.version == second.version and int(first) >> 8 == int(second) >> 8


@asks(AddressHolders)
def address_holders(found: Suspected) -> Query[Service]:
    return Query(Service, None, fields=(("spec.clusterIP", found.address),))


@asks(OtherKubelets)
def other_kubelets(found: Suspected, servers: NameServers) -> tuple[Resolver, ...] | Irrelevant:
    nodes = dict.fromkeys(server.node for server in servers if server.node)
    others = tuple(Resolver(node) for node in list(nodes)[1:NODES_AT_MOST])
    return others or Irrelevant("no other node is known")


@derives
def astray(
    found: Suspected, dns: ClusterDNS, system: SystemServices, kubelet: KubeletReplies, holders: AddressHolders, others: OtherKubelets | None = None
) -> Astray | Irrelevant:
    told = {question.node: reply for question, reply in (*kubelet.items(), *(others or {}).items()) if isinstance(reply, Resolving)}
    if holders or any(found.address not in reply.nameservers for reply in told.values()):
        return Irrelevant("a Service has that address, or other kubelets hand out another one")
    return Astray(found.address, tuple(told), dns.service, frozenset(service.name for service in system))


class StrandedPods(tuple[Pod, ...]):
    """The Pods of the DNS Deployment that no Service leads to."""


class StrandedKubelet(dict[Resolver, Reply]):
    """Which nameserver the kubelet of one of their nodes hands out: the address that the DNS Service had."""

    @property
    def nameserver(self) -> str:
        return next((reply.nameservers[0] for reply in self.values() if isinstance(reply, Resolving) and reply.nameservers), "")


@asks(StrandedPods)
def stranded_pods(found: NoDNSService) -> Query[Pod]:
    return Query(Pod, found.deployment.namespace, labels=labels(found.deployment.spec.selector.match_labels))


@asks(StrandedKubelet)
def stranded_kubelet(pods: StrandedPods) -> tuple[Resolver, ...] | Irrelevant:
    node = next((pod.spec.node_name for pod in pods if pod.ready and pod.spec.node_name), "")
    return (Resolver(node),) if node else Irrelevant("no DNS server runs on a node")
