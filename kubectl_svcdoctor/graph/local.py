"""What the machine where this runs can tell of a Service: it dials whatever is open to the outside."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.nodeport.views import SILENT, LocalView
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import Here
from kubectl_svcdoctor.model.hops import Status
from kubectl_svcdoctor.model.questions import DialLocal, Reached, at
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.table import Cell, Row, Table

DOORS_AT_MOST = 12
_STATUS: dict[str, Status] = {"open": "ok", "refused": "broken", "reset": "broken"}


@dataclass(frozen=True, slots=True)
class Door:
    """An address and port of a load balancer, or an external IP, at which clients outside of the cluster may call."""

    called: str
    dial: DialLocal
    port: ServicePort

    @property
    def at(self) -> str:
        return at(self.dial.address, self.dial.port)


class Doors(tuple[Door, ...]):
    """All of them over TCP, the load balancer's first."""


class LocalReplies(dict[DialLocal, Reply]):
    """What became of the connections from this machine to them."""


class UntriedHere(tuple[Unknown, ...]):
    """What this machine cannot tell."""


class FromHere(Table):
    """What this machine gets at each address."""


@derives
def doors(here: Here, service: Service) -> Doors:
    given = [("load balancer", entry.ip or entry.hostname) for entry in service.status.load_balancer.ingress]
    given += [("external IP", address) for address in service.spec.external_ips]
    ports = [port for port in service.spec.ports if port.protocol == "TCP"]
    return Doors([Door(called, DialLocal(address, port.port), port) for called, address in given if address for port in ports][:DOORS_AT_MOST])


@asks(LocalReplies)
def local_replies(doors: Doors) -> tuple[DialLocal, ...] | Irrelevant:
    return tuple(dict.fromkeys(door.dial for door in doors)) or Irrelevant("the Service is not open to the outside over TCP")


def told(doors: Doors, replies: LocalReplies) -> list[tuple[Door, Reached]]:
    """Each door with what became of the connection, where one was tried."""
    return [(door, reply) for door in doors if isinstance(reply := replies.get(door.dial), Reached)]


@derives
def untried_here(
    here: Here, service: Service, doors: Doors, replies: LocalReplies | None = None, nodes: LocalView | None = None,
) -> UntriedHere | Irrelevant:
    """A machine that nothing answers at all may have no way there, which says nothing of the Service: not checked by default, and Unknown where
    --from local asks for it. What refuses may stand in between: it counts as an answer only where it was asked for."""
    heard = [(door.at, reply.outcome, reply.words) for door, reply in told(doors, replies or LocalReplies())]
    heard += [(attempt.door.at, attempt.outcomes[0], attempt.words) for attempt in (nodes.attempts if nodes else ()) if attempt.door.serves is not False]
    if not heard:
        return UntriedHere(_closed(service)) if here.asked and not doors and nodes is None else Irrelevant("nothing was tried, or could be")
    if any(outcome not in SILENT and (here.asked or outcome != "refused") for _, outcome, _ in heard):
        return Irrelevant("something answers this machine")
    outcome = "timeout" if any(outcome == "timeout" for _, outcome, _ in heard) else "unreachable"
    return UntriedHere([Unknown(
        f"whether {names([place for place, *_ in heard])} {'accepts' if len(heard) == 1 else 'accept'} connections from this machine",
        outcome if here.asked else "not-tried", names(list(dict.fromkeys(words for *_, words in heard))), "run this on a machine that has a way there")])


def _closed(service: Service) -> list[Unknown]:
    if service.external:
        why = "an ExternalName Service has no address of its own"
    elif service.spec.type in ("NodePort", "LoadBalancer"):
        why = "it has no external address yet, and no node port over TCP at a node that could be read"
    else:
        why = f"{'the addresses of its Pods are' if service.headless else 'a ClusterIP is'} reached from inside of the cluster only"
    return [Unknown(f"whether this machine reaches Service {service.name}", "not-tried", why,
                    str(diagnosis(service, "--from", "cluster", namespace=service.namespace)))]


@derives
def from_here(doors: Doors, replies: LocalReplies) -> FromHere:
    rows = tuple(Row(door.called, (Cell(door.at), Cell(reply.words or reply.outcome, _STATUS.get(reply.outcome, "unknown"))))
                 for door, reply in told(doors, replies))
    return FromHere("connections from this machine", ("to", "address", "answer"), rows, hops=frozenset({"proxy"}), prominent=True)
