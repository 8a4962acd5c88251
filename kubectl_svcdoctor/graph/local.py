"""What the machine where this runs can tell of a Service: it dials whatever is open to the outside."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import Here, Nodes
from kubectl_svcdoctor.model.hops import Status
from kubectl_svcdoctor.model.questions import DialLocal, Reached, at
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.table import Cell, Row, Table

NODES_AT_MOST = 4
DOORS_AT_MOST = 12
SILENT = ("timeout", "unreachable")
_STATUS: dict[str, Status] = {"open": "ok", "refused": "broken", "reset": "broken"}


@dataclass(frozen=True, slots=True)
class Door:
    """An address and port at which clients outside of the cluster may call; `node` where it is a node's."""

    called: str
    dial: DialLocal
    port: ServicePort
    node: str = ""

    @property
    def at(self) -> str:
        return at(self.dial.address, self.dial.port)


class Doors(tuple[Door, ...]):
    """All of them, the load balancer's first; none where the Service is not open to the outside."""


class LocalReplies(dict[DialLocal, Reply]):
    """What became of the connections from this machine."""


class UntriedHere(tuple[Unknown, ...]):
    """What this machine cannot tell."""


class FromHere(Table):
    """What this machine gets at each address."""


@derives
def doors(here: Here, service: Service, nodes: Nodes | None = None) -> Doors:
    """Over TCP; of the node ports those of a few nodes, so that a large cluster costs no more."""
    given = [("load balancer", entry.ip or entry.hostname) for entry in service.status.load_balancer.ingress]
    given += [("external IP", address) for address in service.spec.external_ips]
    ports = [port for port in service.spec.ports if port.protocol == "TCP"]
    found = [Door(called, DialLocal(address, port.port), port) for called, address in given if address for port in ports]
    for node in list(nodes or ())[:NODES_AT_MOST]:
        address = _address(node)
        found += [Door(f"node {node.name}", DialLocal(address, port.node_port), port, node.name) for port in ports if port.node_port and address]
    return Doors(found[:DOORS_AT_MOST])


def _address(node: Node) -> str:
    """The address at which clients outside reach a node: its ExternalIP, or else its InternalIP."""
    by_type = {entry.type: entry.address for entry in reversed(node.status.addresses)}
    return by_type.get("ExternalIP") or by_type.get("InternalIP", "")


@asks(LocalReplies)
def local_replies(doors: Doors) -> tuple[DialLocal, ...] | Irrelevant:
    return tuple(dict.fromkeys(door.dial for door in doors)) or Irrelevant("the Service is not open to the outside over TCP")


def told(doors: Doors, replies: LocalReplies) -> list[tuple[Door, Reached]]:
    """Each door with what became of the connection, where one was tried."""
    return [(door, reply) for door in doors if isinstance(reply := replies.get(door.dial), Reached)]


@derives
def untried_here(here: Here, service: Service, doors: Doors, replies: LocalReplies | None = None) -> UntriedHere | Irrelevant:
    """A machine that nothing answers at all has no way there, which says nothing of the Service: not checked by default, and Unknown where --from local asks
    for it."""
    if not doors:
        return UntriedHere([Unknown(f"whether this machine reaches Service {service.name}", "not-tried", _closed(service),
                                    str(diagnosis(service, "--from", "cluster", namespace=service.namespace)))])
    heard = told(doors, replies or LocalReplies())
    if not heard or any(reply.outcome not in SILENT for _, reply in heard):
        return Irrelevant("something answers this machine")
    outcome = "timeout" if any(reply.outcome == "timeout" for _, reply in heard) else "unreachable"
    return UntriedHere([Unknown(
        f"whether {names([door.at for door, _ in heard])} {'accepts' if len(heard) == 1 else 'accept'} connections from this machine",
        outcome if here.asked else "not-tried", names(list(dict.fromkeys(reply.words for _, reply in heard))),
        "run this on a machine that has a route there")])


def _closed(service: Service) -> str:
    if service.external:
        return "an ExternalName Service has no address of its own"
    if service.spec.type in ("NodePort", "LoadBalancer"):
        return "it has no external address yet, and no node port over TCP at a node that could be read"
    return f"{'the addresses of its Pods are' if service.headless else 'a ClusterIP is'} reached from inside of the cluster only"


@derives
def from_here(doors: Doors, replies: LocalReplies) -> FromHere:
    rows = tuple(Row(door.called, (Cell(door.at), Cell(reply.words or reply.outcome, _STATUS.get(reply.outcome, "unknown"))))
                 for door, reply in told(doors, replies))
    return FromHere("connections from this machine", ("to", "address", "answer"), rows, hops=frozenset({"proxy"}), prominent=True)
