"""The two ends of a connection: what is known of each by its labels, its addresses, its node and its ports."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.blocks import Addresses, addresses
from kubectl_svcdoctor.graph.netpol.labels import Labels
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.snapshot import Labels as Equalities
from kubectl_svcdoctor.model.workload import Pod

ANY_ADDRESS = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class Port:
    """The port of the target as the target has it: behind a Service its targetPort, since policies see the address and port of the Pod."""

    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class KnownPod:
    """A Pod that was read."""

    pod: Pod

    @property
    def namespace(self) -> str:
        return self.pod.namespace

    @property
    def host_network(self) -> bool:
        return self.pod.spec.host_network

    @property
    def labels(self) -> Labels:
        return Labels(f"the labels of Pod {self.pod.name}", self.pod.labels)

    @property
    def addresses(self) -> Addresses:
        """On its node's network packets may carry further addresses of the node, such as that of a tunnel."""
        return addresses(self.pod.addresses, complete=bool(self.pod.addresses) and not self.host_network)

    def numbers(self, name: str, protocol: str) -> frozenset[int]:
        """The port numbers of that name and protocol; each Pod may give a name another number."""
        ports = (port for container in self.pod.spec.serving_containers for port in container.ports)
        return frozenset(port.container_port for port in ports if port.name == name and port.protocol == protocol)


@dataclass(frozen=True, slots=True)
class AnyPod:
    """Any Pod of a namespace that has these labels among others, on the Pod network: a client nobody named, or the Pods behind a Service."""

    namespace: str
    having: Equalities = ()

    @property
    def host_network(self) -> bool:
        return False

    @property
    def labels(self) -> Labels:
        return Labels(f"the labels of the Pods in namespace {self.namespace}", dict(self.having), complete=False)

    @property
    def addresses(self) -> Addresses:
        return Addresses(complete=False)

    def numbers(self, name: str, protocol: str) -> None:
        """Nobody knows which port has the name."""


@dataclass(frozen=True, slots=True)
class PodElsewhere:
    """Any Pod of any other namespace than this one."""

    than: str


@dataclass(frozen=True, slots=True)
class NodeItself:
    """A process on the node: the kubelet with its probes, or a client behind a Service whose address the node replaced by its own.

    Packets to other nodes carry an address of the Node or, through a tunnel, one of its Pods' range.
    """

    node: Node

    @property
    def addresses(self) -> Addresses:
        ranges = self.node.spec.pod_cidrs or (self.node.spec.pod_cidr,) * bool(self.node.spec.pod_cidr)
        own = tuple(entry.address for entry in self.node.status.addresses if entry.type == "InternalIP")
        return addresses((*own, *ranges), complete=bool(ranges and own))


@dataclass(frozen=True, slots=True)
class Outside:
    """Something outside of the cluster whose own address the packets carry: one address, a CIDR out of which it is, or any."""

    within: tuple[str, ...] = ANY_ADDRESS

    @property
    def addresses(self) -> Addresses:
        return addresses(self.within)


@dataclass(frozen=True, slots=True)
class APIServer:
    """The API server's proxy: it comes from a control-plane node, or from an agent that runs as a Pod; nothing tells which."""


Source = KnownPod | AnyPod | PodElsewhere | NodeItself | Outside | APIServer
Target = KnownPod | AnyPod | NodeItself | Outside
Party = Source | Target


def on_node(party: Party, node: str) -> bool:
    """Whether it uses the network of that very node."""
    if isinstance(party, NodeItself):
        return bool(node) and party.node.name == node
    return isinstance(party, KnownPod) and party.host_network and bool(node) and party.pod.spec.node_name == node
