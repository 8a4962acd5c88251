"""What the machine where this runs can tell of a Service: it dials whatever is open to the outside."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.backends import Isolated, Unlimited
from kubectl_svcdoctor.graph.nodeport.views import SILENT, LocalView, NodePortsByServer, refuses
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.evidence import Here
from kubectl_svcdoctor.model.hops import Status
from kubectl_svcdoctor.model.questions import DialLocal, Reached, at
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.table import Cell, Row, Table

DOORS_AT_MOST = 12
_STATUS: dict[str, Status] = {"open": "ok", "refused": "broken", "reset": "broken"}


_Heard = tuple[str, str, str]  # place, outcome, words


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
    server: NodePortsByServer | None = None, unlimited: Unlimited | None = None, isolated: Isolated | None = None,
) -> UntriedHere | Irrelevant:
    """An address at which nothing answers this machine, and nodes of which none does, may be out of its way, which says nothing of the Service: not checked by
    default, and Unknown where --from local asks for it. What refuses may stand in between: it counts as an answer only where it was asked for."""
    groups: dict[str, list[_Heard]] = {}
    for door, reply in told(doors, replies or LocalReplies()):
        groups.setdefault(door.dial.address, []).append((door.at, reply.outcome, reply.words))
    if nodes and not (server and any(map(refuses, server.values()))):
        groups["nodes"] = [(attempt.door.at, attempt.outcomes[0], attempt.words) for attempt in nodes.attempts if attempt.door.serves is not False]
    lost = {place: heard for place, heard in groups.items()
            if heard and all(outcome in SILENT or (outcome == "refused" and not here.asked) for _, outcome, _ in heard)}
    if "nodes" in lost and groups.keys() - lost.keys():
        del lost["nodes"]  # clients come by the address that answers
    alone = len(lost) == len(groups)
    left = [_unanswered(here.asked and alone, service, heard) for heard in lost.values()]
    closed = [] if groups or nodes else _closed(service, here)
    doubtful = [] if unlimited else [entry for place, heard in groups.items() if place not in lost for entry in heard if entry[1] != "open"]
    limited = [_limited(service, doubtful, isolated)] if doubtful else []
    found = UntriedHere([*left, *limited, *closed])
    return found or Irrelevant("something answers this machine everywhere, or nothing was to be tried")


def _limited(service: Service, heard: list[_Heard], isolated: Isolated | None) -> Unknown:
    """What fails, and may fail because a policy keeps this machine out: that says nothing of whoever is admitted."""
    policies = [policy.name for policy in isolated.policies] if isolated else []
    doubt = "whether a NetworkPolicy lets this machine in is not known" if not policies else (
        f"NetworkPolic{'y' if len(policies) == 1 else 'ies'} {names(policies)} limit{'s' if len(policies) == 1 else ''} who may connect to the Pods")
    return Unknown(
        f"whether {names([place for place, *_ in heard])} {'accepts' if len(heard) == 1 else 'accept'} connections", "not-tried",
        f"{names(list(dict.fromkeys(words for *_, words in heard)))} from this machine, and {doubt}",
        f"try it from a client that is admitted: {diagnosis(service, '--from', 'pod/NAME', namespace=service.namespace)}")


def _unanswered(asked: bool, service: Service, heard: list[_Heard]) -> Unknown:
    outcome = "timeout" if any(outcome == "timeout" for _, outcome, _ in heard) else "unreachable"
    ranges = service.spec.load_balancer_source_ranges
    detail = names(list(dict.fromkeys(words for *_, words in heard))) + (
        f"; the load balancer is to admit {names(ranges)} alone (loadBalancerSourceRanges)" if ranges else "")
    refused = all(outcome == "refused" for _, outcome, _ in heard)
    return Unknown(
        f"whether {names([place for place, *_ in heard])} {'accepts' if len(heard) == 1 else 'accept'} connections from this machine",
        outcome if asked else "not-tried", detail,
        f"something in between may refuse; if this machine has a way there: {diagnosis(service, '--from', 'local', namespace=service.namespace)}"
        if refused else "run this on a machine that has a way there")


def _closed(service: Service, here: Here) -> list[Unknown]:
    """Why there was nothing to try; of a load balancer without an address always, else where --from local asks for it."""
    if service.spec.type == "LoadBalancer" and not service.status.load_balancer.ingress and not here.asked:
        return [Unknown(f"why Service {service.name} has no external address yet", "not-tried", "load balancers are not examined yet",
                        str(kubectl("describe", service, namespace=service.namespace)))]
    if not here.asked:
        return []
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
