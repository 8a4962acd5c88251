"""Under externalTrafficPolicy: Local a node forwards to its own Pods alone, so whether these accept connections tells a node from a dead Pod."""

from __future__ import annotations

from kubectl_svcdoctor.graph.nodeport.views import TellingView
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod

AT_MOST = 6


class LocalPodReplies(dict[Dial, Reply]):
    """Whether the Pods of nodes that do not answer accept connections at their own addresses."""


class DeadLocals(frozenset[tuple[str, str]]):
    """Nodes and ports, by name and label, at which none of the node's own Pods accepts connections, or it is not known that one does."""


@asks(LocalPodReplies)
def local_pod_replies(service: Service, view: TellingView, pods: SelectedPods) -> tuple[Dial, ...] | Irrelevant:
    found = [dial for _, _, dial in _dials(service, view, pods)]
    return tuple(dict.fromkeys(found))[:AT_MOST] or Irrelevant("no node is suspected for what its own Pods may do")


@derives
def dead_locals(service: Service, view: TellingView, pods: SelectedPods, replies: LocalPodReplies) -> DeadLocals:
    places: dict[tuple[str, str], bool] = {}
    for node, port, dial in _dials(service, view, pods):
        reply = replies.get(dial)
        alive = isinstance(reply, Dialled) and reply.open
        places[node, port.label] = places.get((node, port.label), False) or alive
    return DeadLocals(place for place, alive in places.items() if not alive)


def _dials(service: Service, view: TellingView, pods: SelectedPods) -> list[tuple[str, ServicePort, Dial]]:
    if service.spec.external_traffic_policy != "Local":
        return []
    suspected = dict.fromkeys((attempt.door.node.name, attempt.door.port) for attempt in view.attempts if attempt.door.serves and not attempt.forwards)
    return [(node, port, Dial(pod.namespace, pod.name, node, number, "pod-proxy")) for node, port in suspected for pod in pods
            if _serving(pod, node) and (number := target_number(port, pod))]


def _serving(pod: Pod, node: str) -> bool:
    return pod.spec.node_name == node and pod.ready and not pod.terminating
