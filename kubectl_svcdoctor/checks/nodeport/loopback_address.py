"""The client calls a node port at a loopback address.

Why it breaks:
Node ports belong to a node's own addresses. At its loopback kube-proxy serves them in iptables mode alone, over IPv4, and only as long as route_localnet is on;
in nftables mode and over IPv6 nothing is there. On any other machine than a node localhost is that machine.

How to fix:
Call one of the node's addresses. On a machine that is no node, kubectl port-forward opens a port at its own loopback.

Look yourself:
kubectl get nodes -o wide

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.nodeport.called import CalledNode
from kubectl_svcdoctor.graph.nodeport.doors import NodeDoors
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("NOD211", "nport-localhost")
def loopback_address(service: Service, called: CalledNode, doors: NodeDoors | None = None) -> Problem | None:
    """A warning: whether the node's proxy is one that serves it there is not known."""
    port = next((port for port in service.spec.ports if port.node_port and port.node_port == called.port), None)
    if port is None or not called.loopback:
        return None
    door = next((door for door in doors or () if door.port == port and door.serves), None)
    return Problem(
        object=service, severity=Severity.WARNING, partial=True, port=port.label,
        summary=f"{called.address} is a loopback address: kube-proxy serves node port {called.port} there in iptables mode and over IPv4 alone, "
                "and on nodes alone",
        fix=Fix(f"call {door.at if door else 'an address of a node'}", (diagnosis(door.at, namespace=service.namespace),) if door else ()),
    )
