"""A Pod as a client of the cluster's DNS: what its resolver is given, what shadows names, and what keeps it from asking."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.servers import DNS_PORT, ClusterDNS, DNSSlices, ports_over
from kubectl_svcdoctor.graph.netpol import AnyPod, Denied, KnownPod, Policies, Port, allowed, missing_rule
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.evidence import NamedPod, PodServices, Vantage, VantagePod
from kubectl_svcdoctor.model.mentions import hosts
from kubectl_svcdoctor.model.policy import NetworkPolicy, Rule
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod


class NamespacePolicies(tuple[NetworkPolicy, ...]):
    """The NetworkPolicies of the Pod's namespace; read where a Pod is the subject."""


class ClientPod(tuple[Pod, ...]):
    """The Pod that asks: the one that --from names, else the subject; none where there is no such Pod."""


@dataclass(frozen=True, slots=True)
class Client:
    """The Pod that asks. `meant` are the Services that its variables, commands and arguments name, in the words that stand there; `services` those
    that its names may mean. `chosen`: it was named as the client of the Service that is examined."""

    pod: Pod
    meant: tuple[str, ...]
    services: tuple[Service, ...]
    chosen: bool = False

    @property
    def uses(self) -> bool:
        """Whether it is known that the Pod uses names of the cluster."""
        return self.chosen or bool(self.meant)

    @property
    def told(self) -> tuple[str, ...]:
        """Evidence that the Pod uses names of the cluster."""
        return (f"its variables or arguments name {', '.join(self.meant[:3])}",) if self.meant else ()


@derives
def client_pod(vantage: VantagePod | None = None, pods: NamedPod | None = None) -> ClientPod | Irrelevant:
    if vantage is None and pods is None:
        return Irrelevant("no Pod was named that asks", unseen=True)
    return ClientPod(pods or () if vantage is None else vantage)


@derives
def client(who: ClientPod, vantage: VantagePod | None = None, services: PodServices | None = None, service: Service | None = None) -> Client | Irrelevant:
    if not who:
        return Irrelevant("there is no such Pod")
    known = (service,) if vantage and service else services
    if known is None:
        return Irrelevant("nobody could tell which Services there are", unseen=True)
    return Client(who[0], tuple(dict.fromkeys(_meant(who[0], known))), tuple(known), chosen=bool(vantage))


def _meant(pod: Pod, services: tuple[Service, ...]) -> list[str]:
    """The hosts among those that it names which are names of the cluster: with `.svc`, or those of Services of the namespace."""
    names = {service.name for service in services if service.namespace == pod.namespace}
    containers = (*pod.spec.containers, *pod.spec.init_containers)
    texts = (text for container in containers for text in (*(entry.value for entry in container.env), *container.command, *container.args))
    found = (host for text in texts for host in hosts(text))
    qualified = {f"{service.name}.{service.namespace}" for service in services}
    return [host for host in found if "svc" in host.split(".")[1:] or host in qualified or _short(host, names, pod.namespace)]


def _short(host: str, names: set[str], namespace: str) -> bool:
    """`web`, `web.shop`, or `db-0.db` by the names of the Services there are."""
    parts = host.split(".")
    return (parts[0] in names and parts[1:] in ([], [namespace])) or (len(parts) == 2 and parts[1] in names)


@asks(NamespacePolicies)
def namespace_policies(pods: ClientPod) -> Query[NetworkPolicy] | Irrelevant:
    if not pods:
        return Irrelevant("there is no such Pod")
    return Query(NetworkPolicy, pods[0].namespace)


@dataclass(frozen=True, slots=True)
class DNSNotAllowed:
    """Policies that isolate the Pod for egress, none of which allows it to ask the cluster's DNS; `missing` is the rule that would."""

    policies: tuple[NetworkPolicy, ...]
    missing: Rule


@derives
def dns_not_allowed(
    who: Client, policies: NamespacePolicies, dns: ClusterDNS, slices: DNSSlices, vantage: Vantage | None = None
) -> DNSNotAllowed | Irrelevant:
    """Only what is denied for sure, on every port and over both protocols: the servers are known by the Service's selector alone."""
    if vantage and vantage.created:
        return Irrelevant("the Pod was created to ask, and nobody has written policies for it")
    servers, namespace = AnyPod(dns.namespace, labels(dns.service.selector)), who.pod.namespace
    # Policies see the port of the Pod behind the Service, as the slices name it; some network plugins the Service's own.
    ports = tuple(Port(number, protocol) for protocol in ("UDP", "TCP") for number in ports_over(dns.service, slices, protocol) or (DNS_PORT,))
    possible = (*ports, *(Port(DNS_PORT, protocol) for protocol in ("UDP", "TCP")))
    verdicts = [allowed(Policies.of(policies, read=[namespace]), KnownPod(who.pod), servers, port) for port in possible]
    denials = [denial for verdict in verdicts if isinstance(verdict, Denied) for denial in verdict.by if denial.direction == "Egress"]
    missing = missing_rule("Egress", namespace, servers, *ports)
    if missing is None or len(denials) < len(possible):
        return Irrelevant("no NetworkPolicy keeps the Pod from asking the cluster's DNS")
    return DNSNotAllowed(denials[0].policies, missing)


def foreign(address: str) -> bool:
    """Whether an address is none that the cluster itself would answer at: not link-local, as a node's DNS cache is."""
    try:
        return not ipaddress.ip_address(address).is_link_local
    except ValueError:
        return True
