"""Whether a vantage is cut off from other nodes: it reaches the Pods of its own node, and none of those elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.questions import Dialled, Inside
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod

REFUSED = "connection refused"


@dataclass(frozen=True, slots=True)
class CutOff:
    """`near` is a Pod on the vantage's own node that is reached, `far` those elsewhere that are not, on `nodes`; `reached` are other nodes whose Pods are."""

    vantage: Inside
    near: Pod
    far: tuple[tuple[Pod, int, Dialled], ...]
    nodes: tuple[str, ...]
    reached: tuple[str, ...]

    def explains(self, tried: Tried) -> bool:
        """Whether all Pods that are not reached there are on those nodes."""
        return bool(tried.shut) and all(pod.spec.node_name in self.nodes for pod, *_ in tried.shut)


@derives
def cut_off(reach: Reach, client: VantagePod) -> CutOff | Irrelevant:
    """Policies choose Pods by labels, so that one which lets a Pod of a kind in lets all of it in; what a node itself sends to its own Pods, none keeps
    off. Whoever refuses is reached."""
    if not client or client[0].spec.host_network:
        return Irrelevant("the vantage is a node, whose own Pods every policy lets it reach")
    for tried in reach:
        found = _of_port(tried)
        if found:
            return found
    return Irrelevant("the Pods of the own node are not reached either, or those elsewhere are")


def _of_port(tried: Tried) -> CutOff | None:
    here = tried.vantage.node
    pods = [entry for entry in tried.pods if not entry[0].spec.host_network and entry[0].spec.node_name]
    near = [entry for entry in pods if entry[0].spec.node_name == here]
    far = [entry for entry in pods if entry[0].spec.node_name != here]
    reached = {pod.spec.node_name for pod, _, reply in far if reply.open}
    lost = tuple(entry for entry in far if entry[0].spec.node_name not in reached and entry[0].name in tried.listening and entry[2].words != REFUSED)
    nodes = tuple(sorted({pod.spec.node_name for pod, *_ in lost}))
    if not near or not all(reply.open for *_, reply in near) or not lost:
        return None
    return CutOff(tried.vantage, near[0][0], lost, nodes, tuple(sorted(reached)))
