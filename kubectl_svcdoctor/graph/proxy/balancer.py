"""Whether a client inside of the cluster reaches the load balancer's address of a Service that serves only nodes with endpoints of their own."""

from __future__ import annotations

from kubectl_svcdoctor.graph.ports.dialled import PORTS_AT_MOST
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.questions import DialFrom, Dialled, Inside
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant


class BalancerReplies(dict[DialFrom, Reply]):
    """What becomes of connections from a vantage to the load balancer's address; asked only where its node has no endpoint and the policy is Local."""


class Dropped(tuple[tuple[DialFrom, Dialled], ...]):
    """Those that fail, while the Service's own address accepts connections on the same port from there; never empty."""


@asks(BalancerReplies)
def balancer_replies(vantage: Inside, service: Service, slices: ServiceSlices) -> tuple[DialFrom, ...] | Irrelevant:
    """Not where the load balancer is said to send connections on as a proxy (KEP-1860): that one is outside of the node."""
    served = {entry.node_name for part in slices for entry in part.endpoints or () if entry.ready}
    address = next((entry.ip for entry in service.status.load_balancer.ingress if entry.ip and entry.ip_mode in ("", "VIP")), "")
    if service.spec.external_traffic_policy != "Local" or not address or not served or vantage.node in served:
        return Irrelevant("every node sends what comes to the load balancer's address to some endpoint")
    ports = [port for port in service.spec.ports if port.protocol == "TCP"][:PORTS_AT_MOST]
    return tuple(DialFrom(vantage, address, port.port) for port in ports) or Irrelevant("no port of the Service is TCP")


@derives
def dropped(replies: BalancerReplies, reach: Reach) -> Dropped | Irrelevant:
    works = {tried.port.port for tried in reach if tried.service is not None and tried.service.open}
    found = [(dial, reply) for dial, reply in replies.items() if isinstance(reply, Dialled) and not reply.open and dial.port in works]
    return Dropped(found) if found else Irrelevant("the load balancer's address accepts connections, or the Service's own does not either")
