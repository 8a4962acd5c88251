"""On which nodes the Pods are that a client reaches, and on which those that it does not: what the difference says, and where to look first."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Spread:
    """`says` is what the nodes of both have to do with it; `suspects` are the nodes to look at, the first one first; none where no node is to blame."""

    says: str
    suspects: tuple[str, ...] = ()


class AgentPods(tuple[Pod, ...]):
    """The Pods on the first node to look at; read only where Pods are not reached. The network plugin's is among them, wherever a distribution keeps it."""

    @property
    def failing(self) -> tuple[Pod, ...]:
        """Those on the node's own network that are not ready: a node's agents are there."""
        return tuple(pod for pod in self if pod.spec.host_network and not pod.ready and not pod.finished)


@derives
def spread(reach: Reach) -> Spread | Irrelevant:
    shut = {pod.spec.node_name for tried in reach for pod, *_ in tried.shut}
    reached = {pod.spec.node_name for tried in reach for pod, _, reply in tried.pods if reply.open}
    own = reach[0].vantage.node
    if not shut:
        return Irrelevant("all Pods are reached, or closed to everybody")
    away = f"those on {_nodes(shut)} are not"
    if shut & reached:
        return Spread(f"on {_nodes(shut & reached)} some are reached and others are not, so the way to the node is open")
    if reached == {own}:
        return Spread(f"the Pods on its own node {own} are reached, {away}",
                      (*sorted(shut), own) if len(shut) == 1 else (own, *sorted(shut)))
    if reached:
        return Spread(f"the Pods on {_nodes(reached)} are reached, {away}", tuple(sorted(shut)))
    if own in shut:
        return Spread(f"not even those on its own node {own} are reached", (own,))
    return Spread(f"none on {_nodes(shut)} is reached; on its own node {own} there was none to compare with", (own, *sorted(shut)))


def _nodes(found: set[str]) -> str:
    return f"node{'' if len(found) == 1 else 's'} {names(sorted(found))}"


@asks(AgentPods)
def agent_pods(found: Spread) -> Query[Pod] | Irrelevant:
    if not found.suspects:
        return Irrelevant("no node is to blame")
    return Query(Pod, fields=(("spec.nodeName", found.suspects[0]),))
