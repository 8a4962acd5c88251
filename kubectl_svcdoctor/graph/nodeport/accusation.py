"""What excludes the innocent: a dead Pod, something between, the way to other nodes. And what to look at on a node."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kubectl_svcdoctor.graph.nodeport.dead_locals import DeadLocals
from kubectl_svcdoctor.graph.nodeport.suspects import Suspect
from kubectl_svcdoctor.graph.nodeport.views import Attempt, NodePortsByServer, View
from kubectl_svcdoctor.graph.proxy.vantage import pods_on, proxy_health
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix
from kubectl_svcdoctor.model.node_ports import DialNode
from kubectl_svcdoctor.model.questions import Dialled
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service

LEAST = 2


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a connection comes through to what gives another vantage no answer. `place` is empty where that is one place alone, else it ends in a space."""

    place: str
    who: str


def accused(suspect: Suspect, dead: DeadLocals | None) -> Suspect | None:
    """The suspect without nodes whose only endpoints are known to be dead; None where nobody is left."""
    left = tuple(attempt for attempt in suspect.failing if (attempt.door.node.name, attempt.door.port.label) not in (dead or ()))
    return replace(suspect, failing=left) if left else None


def beyond(suspect: Suspect, pod: View | None, server: NodePortsByServer | None) -> Elsewhere | None:
    """Who does get through to what gives no answer here."""
    for attempt in suspect.failing:
        seen = next((other for other in (pod.attempts if pod else ()) if other.door == attempt.door), None)
        if pod and seen and seen.forwards and suspect.view is not pod:
            return Elsewhere("" if len(suspect.failing) == 1 else f"{attempt.door.at} ", pod.label)
        told = _told(attempt, server)
        if isinstance(told, Dialled) and told.open:
            return Elsewhere("" if len(suspect.failing) == 1 else f"node {attempt.door.node.name} on port {attempt.door.port.node_port} ", "the API server")
    return None


def by_server(suspect: Suspect, server: NodePortsByServer | None) -> tuple[str, ...]:
    """That the API server does not get through there either."""
    shut = [attempt.door for attempt in suspect.failing if _shut(_told(attempt, server))]
    return (f"the API server does not get through to node {shut[0].node.name} on port {shut[0].port.node_port} either",) if shut else ()


def _shut(reply: Reply | None) -> bool:
    """Whether the API server tried and was refused, or waits for an answer in vain."""
    return isinstance(reply, Dialled) and not reply.open


def _told(attempt: Attempt, server: NodePortsByServer | None) -> Reply | None:
    return None if server is None else server.get(DialNode(attempt.door.node.name, attempt.door.port.node_port))


def passed_on(suspect: Suspect, service: Service, slices: ServiceSlices) -> tuple[str, ...]:
    """The nodes with an endpoint, all of which answer, where just those without one are silent, and at least two of them are: then it is the way between
    nodes that fails. Empty where it may be something else; of a single node its firewall may be the reason."""
    having = {endpoint.node_name for part in slices for endpoint in part.endpoints or () if endpoint.ready and not endpoint.terminating}
    lost = {node.name for node in suspect.nodes}
    well = {attempt.door.node.name for attempt in suspect.answering}
    tried = {attempt.door.node.name for attempt in suspect.view.attempts}
    if service.spec.external_traffic_policy == "Local" or "" in having or len(lost) < LEAST or lost != tried - having or not well or well - having:
        return ()
    return tuple(sorted(well))


def look_at(suspect: Suspect, summary: str) -> Fix:
    """What to look at on the first node; `{node}` in the sentence stands for the nodes. A node that is not ready comes first."""
    unready = [node for node in suspect.nodes if (ready := node.ready_condition) and ready.status != "True"]
    first = (*unready, *suspect.nodes)[0].name
    named = f"node {suspect.node}" if suspect.node else f"nodes {', '.join(node.name for node in suspect.nodes[:3])}"
    return Fix((f"node {first} is not ready, so bring it back first; " if unready else "") + summary.format(node=named), (pods_on(first), proxy_health(first)))
