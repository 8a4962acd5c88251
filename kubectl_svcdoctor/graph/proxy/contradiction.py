"""What the examination says that no client gets, held against what clients do get; only where everything is to be asked."""

from __future__ import annotations

from kubectl_svcdoctor.graph.ports.dialled import PORTS_AT_MOST
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.questions import DialFrom, Dialled, Inside
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod

# They accept every connection of their Pod themselves, whatever is behind (Istio's and Linkerd's sidecars).
MESH_PROXIES = frozenset({"istio-proxy", "linkerd-proxy"})


class Stated(tuple[Finding, ...]):
    """The causes that leave no client of a branch any service, all ports or one; given by the examination once it has asked everything."""


class AddressReplies(dict[DialFrom, Reply]):
    """What becomes of connections from the vantage to the Service's address, although a cause says that nobody is served there."""


class Accepted(tuple[ServicePort, ...]):
    """The TCP ports at which the Service's address accepted a connection from the vantage."""


@asks(AddressReplies)
def address_replies(stated: Stated, vantage: Inside, service: Service, client: VantagePod) -> tuple[DialFrom, ...] | Irrelevant:
    if not stated or service.headless or not service.spec.cluster_ip or any(map(_meshed, client)):
        return Irrelevant("there is no address to try, or a connection to it tells nothing")
    return tuple(_dial(vantage, service, port) for port in _ports(service)) or Irrelevant("no port of the Service is TCP")


@derives
def accepted(vantage: Inside, service: Service, replies: AddressReplies) -> Accepted:
    told = {port: replies.get(_dial(vantage, service, port)) for port in _ports(service)}
    return Accepted(port for port, reply in told.items() if isinstance(reply, Dialled) and reply.open)


def _ports(service: Service) -> list[ServicePort]:
    return [port for port in service.spec.ports if port.protocol == "TCP"][:PORTS_AT_MOST]


def _dial(vantage: Inside, service: Service, port: ServicePort) -> DialFrom:
    return DialFrom(vantage, service.spec.cluster_ip, port.port)


def _meshed(pod: Pod) -> bool:
    return any(container.name in MESH_PROXIES for container in pod.spec.serving_containers)
