"""The cluster's DNS servers: the Service that clients ask, and the Pods behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.evidence import NamedService
from kubectl_svcdoctor.model.questions import Server
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.subject import ServiceSubject, StatefulSetSubject, Subject

SYSTEM, OPENSHIFT = DNS_NAMESPACES = ("kube-system", "openshift-dns")
DNS_PORT = 53
SERVERS_AT_MOST = 8
# The label of upstream's manifest, which most distributions keep (cluster/addons/dns), and the names that others give.
APP, NAME_PARTS = "k8s-app", ("kube-dns", "coredns", "dns-default")


class SystemServices(tuple[Service, ...]):
    """The Services of kube-system, among which the cluster's DNS is found by what it is, not by its name alone."""


class OpenShiftServices(tuple[Service, ...]):
    """The Services of openshift-dns; read only where kube-system has no DNS."""


class DNSSlices(tuple[EndpointSlice, ...]):
    """The EndpointSlices of the cluster's DNS Service."""


@dataclass(frozen=True, slots=True)
class ClusterDNS:
    """The Service that Pods have as their nameserver."""

    service: Service

    @property
    def namespace(self) -> str:
        return self.service.namespace


class NameServers(tuple[Server, ...]):
    """The ready Pods behind the DNS Service, at most eight, by name; never empty."""


@asks(SystemServices)
def system_services(subject: Subject, named: NamedService | None = None) -> Query[Service] | Irrelevant:
    """Whatever the Service is, clients find it by its name; and a Pod is a client."""
    if isinstance(subject, (ServiceSubject, StatefulSetSubject)) and not named:
        return Irrelevant("there is no such Service")
    return Query(Service, SYSTEM)


@asks(OpenShiftServices)
def openshift_services(found: SystemServices) -> Query[Service] | Irrelevant:
    if dns_services(found):
        return Irrelevant("the cluster's DNS is in kube-system")
    return Query(Service, OPENSHIFT)


def dns_services(services: tuple[Service, ...]) -> list[Service]:
    """Services that serve DNS to Pods, the likeliest first: port 53, a ClusterIP, and the label or a name of the field."""
    serving = [service for service in services
               if any(port.port == DNS_PORT for port in service.spec.ports) and service.spec.cluster_ip not in ("", "None")]
    named = [service for service in serving
             if service.labels.get(APP) == "kube-dns" or any(part in service.name for part in NAME_PARTS)]
    return sorted(named, key=lambda service: (service.name != "kube-dns", "upstream" in service.name, service.name))


@derives
def cluster_dns(system: SystemServices, elsewhere: OpenShiftServices | None = None) -> ClusterDNS | Irrelevant:
    found = dns_services(system) or dns_services(elsewhere or ())
    return ClusterDNS(found[0]) if found else Irrelevant("no Service of a cluster DNS was found in kube-system")


@asks(DNSSlices)
def dns_slices(dns: ClusterDNS) -> Query[EndpointSlice]:
    return Query(EndpointSlice, dns.namespace, labels=((SERVICE_NAME, dns.service.name),))


@derives
def name_servers(dns: ClusterDNS, slices: DNSSlices) -> NameServers | Irrelevant:
    found: dict[str, Server] = {}
    for part in slices:
        port = serving_port(dns.service, part)
        for endpoint in part.endpoints or ():
            reference = endpoint.target_ref
            if endpoint.ready and reference and reference.kind == "Pod" and port:
                found.setdefault(reference.name, Server(dns.namespace, reference.name, endpoint.node_name, port))
    servers = [found[name] for name in sorted(found)][:SERVERS_AT_MOST]
    return NameServers(servers) if servers else Irrelevant("no DNS server is ready")


def serving_port(service: Service, part: EndpointSlice) -> int:
    """The port of the Pods behind port 53, over TCP where the Service has it: servers must take both (RFC 7766)."""
    return port_over(service, part, "TCP") or port_over(service, part, "UDP")


def port_over(service: Service, part: EndpointSlice, protocol: str) -> int:
    """The port of the Pods to which this slice sends what comes to port 53 over that protocol; 0 where it has none."""
    wanted = [port.name for port in service.spec.ports if (port.port, port.protocol) == (DNS_PORT, protocol)]
    return next((port.port for port in part.ports or () if port.name in wanted and port.protocol == protocol and port.port), 0)


def ports_over(service: Service, slices: Iterable[EndpointSlice], protocol: str) -> tuple[int, ...]:
    """The same of all slices, each once."""
    return tuple(dict.fromkeys(number for part in slices if (number := port_over(service, part, protocol))))
