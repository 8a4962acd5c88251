"""The addresses of nodes at which a Service is open, and which of them should answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME
from kubectl_svcdoctor.graph.slices.controllers import families, family_of
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.endpoints import Endpoint
from kubectl_svcdoctor.model.evidence import Nodes, ServiceSlices
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant

NODES_AT_MOST = 16
PORTS_AT_MOST = 6
# As clients outside know a node; the others are names.
_ADDRESSES = ("ExternalIP", "InternalIP")


@dataclass(frozen=True, slots=True)
class NodeDoor:
    """One address of a node and one node port there. `serves`: a proxy that works forwards what comes to it, None where that cannot be told."""

    node: Node
    type: str
    address: str
    port: ServicePort
    serves: bool | None

    @property
    def at(self) -> str:
        return at(self.address, self.port.node_port)

    @property
    def internal(self) -> bool:
        """Whether it is the address that the cluster itself uses for the node."""
        return self.type == "InternalIP"


class NodeDoors(tuple[NodeDoor, ...]):
    """Those of all addresses of the nodes and all node ports over TCP; of many nodes those first that have an endpoint."""


@dataclass(frozen=True, slots=True)
class Local:
    """Under externalTrafficPolicy: Local, the nodes with an endpoint that they send to, and those without; by name."""

    serving: tuple[str, ...]
    dropping: tuple[str, ...]


@derives
def node_doors(service: Service, nodes: Nodes, slices: ServiceSlices) -> NodeDoors | Irrelevant:
    """A node port is open at the addresses of each of the Service's families. Load balancers send to nodes that are not excluded, clients to any."""
    ports = [port for port in service.spec.ports if port.node_port and port.protocol == "TCP"][:PORTS_AT_MOST]
    if not ports or service.spec.type not in ("NodePort", "LoadBalancer") or PROXY_NAME in service.labels:
        return Irrelevant("the Service has no node port over TCP that kube-proxy serves")
    having = {endpoint.node_name for part in slices for endpoint in part.endpoints or ()}
    chosen = sorted(nodes, key=lambda node: (node.name not in having, node.name))[:NODES_AT_MOST]
    return NodeDoors(NodeDoor(node, kind, address, port, serves(service, slices, port, node.name, family_of(address)))
                     for node in sorted(chosen, key=lambda node: node.name) for kind, address in addresses(node)
                     if family_of(address) in families(service) for port in ports) or Irrelevant("no node has an address of the Service's family")


def addresses(node: Node) -> Iterator[tuple[str, str]]:
    """The types and addresses at which a node is reached, each address once."""
    seen: set[str] = set()
    for kind in _ADDRESSES:
        for entry in node.status.addresses:
            if entry.type == kind and entry.address not in seen:
                seen.add(entry.address)
                yield kind, entry.address


def serves(service: Service, slices: ServiceSlices, port: ServicePort, node: str, family: str) -> bool | None:
    """Whether kube-proxy of that node has an endpoint to send to: a ready one, else one that terminates and still serves (KEP-1669); under
    externalTrafficPolicy: Local only one of its own node."""
    mine = [endpoint for part in slices if part.address_type == family for entry in part.ports or ()
            if (entry.name, entry.protocol) == (port.name, port.protocol) for endpoint in part.endpoints or ()]
    usable = _usable(mine)
    if service.spec.external_traffic_policy != "Local":
        return bool(usable)
    if any(endpoint.node_name == node for endpoint in _usable([endpoint for endpoint in mine if endpoint.node_name == node])):
        return True
    return None if any(not endpoint.node_name for endpoint in usable) else False


def _usable(endpoints: list[Endpoint]) -> list[Endpoint]:
    ready = [endpoint for endpoint in endpoints if endpoint.ready and not endpoint.terminating]
    return ready or [endpoint for endpoint in endpoints if endpoint.ready or (endpoint.serving and endpoint.terminating)]


@derives
def local(service: Service, doors: NodeDoors) -> Local | Irrelevant:
    if service.spec.external_traffic_policy != "Local" or any(door.serves is None for door in doors):
        return Irrelevant("externalTrafficPolicy is not Local, or endpoints do not say on which node they are")
    serving = dict.fromkeys(door.node.name for door in doors if door.serves)
    return Local(tuple(serving), tuple(dict.fromkeys(door.node.name for door in doors if door.node.name not in serving)))
