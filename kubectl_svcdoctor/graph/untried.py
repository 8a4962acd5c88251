"""What no connection can tell of a Service, or what none was opened for; a report lists it as not checked."""

from __future__ import annotations

from kubectl_svcdoctor.graph.dns.servers import dns_services
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.proxy.vantage import NoVantage
from kubectl_svcdoctor.graph.selector.strangers import Undeclared
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.graph.slices.manual import Manual, ManualReplies, tcp
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.questions import Dialled, at
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown


class UntriedPorts(tuple[Unknown, ...]):
    """Ports whose protocol has no connection to try."""


class UntriedEndpoints(tuple[Unknown, ...]):
    """Endpoints by hand to which no connection was tried."""


class UntriedPods(tuple[Unknown, ...]):
    """Pods of other workloads that declare no port, and were not tried."""


@derives
def untried_pods(service: Service, found: Undeclared, listeners: Listeners | None = None) -> UntriedPods:
    """Where others were tried, these were too many (three templates are tried at most), and it takes a hand."""
    ports = [port for port in service.spec.ports if port.protocol == "TCP" and isinstance(port.target, int)]
    return UntriedPods(Unknown(
        f"whether {count(len(group.pods))} of {group.owner}, which selector {pairs(service.selector)} picks too, serve{'s' if len(group.pods) == 1 else ''} "
        f"port {names([port.label for port in ports])}",
        "not-tried", f"{'it declares' if len(group.pods) == 1 else 'they declare'} no port, unlike the other Pods",
        str(kubectl("port-forward", group.pods[0], f"18080:{ports[0].target}", namespace=service.namespace) if listeners else
            diagnosis(service, namespace=service.namespace))) for group in found)


@derives
def untried_ports(service: Service, slices: ServiceSlices, without: NoVantage | None = None) -> UntriedPorts | Irrelevant:
    """A Pod that asks as a client asks the DNS servers over UDP anyway."""
    ports = [port.label for port in service.spec.ports if port.protocol != "TCP"]
    sent = any(endpoint.ready for part in slices for endpoint in part.endpoints or ())
    if not ports or not sent or service.external or (without is None and dns_services((service,))):
        return Irrelevant("all ports are TCP, or no client is sent anywhere")
    return UntriedPorts([Unknown(
        f"whether anything answers on port {names(ports)}", "not-tried", "only a request of the application's own protocol shows it",
        "send one with a client of the application")])


@derives
def untried_endpoints(service: Service, found: Manual, replies: ManualReplies | None = None) -> UntriedEndpoints | Irrelevant:
    if (service.namespace, service.name) == ("default", "kubernetes"):
        return Irrelevant("it is the API server's own, which keeps its endpoints by leases, and answers this examination")
    told = {(question.address, question.port) for question, reply in (replies or {}).items() if isinstance(reply, Dialled)}
    left = [at(*key) for key in tcp(found) if key not in told]
    if not left:
        return Irrelevant("all of them were tried")
    why = "they are written by hand, and reached from Pods" if len(left) > 1 else "it is written by hand, and reached from Pods"
    return UntriedEndpoints([Unknown(
        f"whether {names(left)} accept{'s' if len(left) == 1 else ''} connections", "not-tried", why,
        "try them by hand from a Pod" if told else str(diagnosis(service, "--from", "cluster", namespace=service.namespace)))])
