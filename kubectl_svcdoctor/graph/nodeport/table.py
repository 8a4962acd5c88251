"""The table nodes × node ports, one for each vantage."""

from __future__ import annotations

from kubectl_svcdoctor.graph.nodeport.doors import NodeDoor, NodeDoors
from kubectl_svcdoctor.graph.nodeport.views import Attempt, LocalView, PodView, View
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.evidence import Nodes
from kubectl_svcdoctor.model.hops import Status
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.table import Cell, Row, Table

_HOPS = frozenset({"nodeport"})


class NodePortsFromHere(Table):
    """What this machine gets at each node."""


class NodePortsFromPod(Table):
    """What the Pod gets at each node that --from names."""


@derives
def node_ports_from_here(service: Service, view: LocalView, doors: NodeDoors, nodes: Nodes) -> NodePortsFromHere:
    return NodePortsFromHere(*_table(service, view, doors, len(nodes)), hops=_HOPS)


@derives
def node_ports_from_pod(service: Service, view: PodView, doors: NodeDoors, nodes: Nodes) -> NodePortsFromPod:
    inside = NodeDoors(door for door in doors if door.internal)
    return NodePortsFromPod(*_table(service, view, inside, len(nodes)), hops=_HOPS)


def _table(service: Service, view: View, doors: NodeDoors, nodes: int) -> tuple[str, tuple[str, ...], tuple[Row, ...], str]:
    """Title, columns, rows and note. Where only some nodes are to answer (externalTrafficPolicy: Local), a column says which."""
    ports = tuple(dict.fromkeys(door.port for door in doors))
    local = service.spec.external_traffic_policy == "Local"
    told = {(attempt.door.address, attempt.door.port): attempt for attempt in view.attempts}
    rows = []
    for address in dict.fromkeys(door.address for door in doors):
        here = [door for door in doors if door.address == address]
        should = (Cell(_should(here)),) if local else ()
        rows.append(Row(here[0].node.name, (Cell(address), *should, *(_cell(told.get((door.address, door.port)), door) for door in here))))
    tried = len({door.node.name for door in doors})
    columns = ("node", "address", *(("endpoint there",) if local else ()), *(f"{port.label} → {port.node_port}" for port in ports))
    return (f"node ports from {view.label}", columns, tuple(rows), f"{tried} of {nodes} nodes" if tried < nodes else "")


def _should(doors: list[NodeDoor]) -> str:
    if any(door.serves is None for door in doors):
        return "not known"
    return "yes" if any(door.serves for door in doors) else "no"


def _cell(attempt: Attempt | None, door: NodeDoor) -> Cell:
    """What fails at a node that has nothing to send to is as it should be."""
    if attempt is None:
        return Cell("not tried", "unknown")
    came, tried = attempt.came, len(attempt.outcomes)
    status: Status = "ok" if attempt.forwards else "none" if door.serves is False else "unknown" if door.serves is None else "degraded" if came else "broken"
    words = "open" if attempt.forwards and "reset" not in attempt.outcomes else "cut off" if attempt.forwards else (
        "refused" if attempt.refuses else "no answer" if attempt.outcomes[0] == "timeout" else attempt.words or "failed")
    return Cell(words if came in (0, tried) else f"{came} of {tried}", status)
