"""kube-proxy's Pods: which nodes have none, and which of them do not run."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.kube_proxy import SYSTEM, KubeProxy
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.meta import is_true
from kubectl_svcdoctor.model.placing import repelling, wanting
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod

SETTLES_SECONDS = 60.0
"""How long a new node, or a new Pod on it, may take until kube-proxy runs there."""
# Nodes on which no kube-proxy of the cluster is meant to run: by label, or by the taint of who stands for a node that is none.
_ELSEWHERE = {"type": ("virtual-kubelet",), "kubernetes.azure.com/cluster-type": ("virtual",), "eks.amazonaws.com/compute-type": ("fargate", "auto", "hybrid")}
_VIRTUAL_TAINT = "virtual-kubelet.io/"


class ProxyPods(tuple[Pod, ...]):
    """kube-proxy's Pods; read only where some are not ready, or its template may leave nodes out."""


class ProxyNodes(tuple[Node, ...]):
    """All Nodes; read with those Pods."""


@dataclass(frozen=True, slots=True)
class Without:
    """A node on which no Pod of kube-proxy is, and why, as far as that is known."""

    node: str
    why: str


class Lacking(tuple[Without, ...]):
    """The nodes without a Pod of kube-proxy, by name."""


class Down(tuple[Pod, ...]):
    """kube-proxy's Pods that do not run, by node."""


@asks(ProxyPods)
def proxy_pods(found: KubeProxy) -> Query[Pod] | Irrelevant:
    if not found.short and not found.narrow:
        return Irrelevant("kube-proxy is ready on every node")
    return Query(Pod, SYSTEM, labels=labels(found.daemon_set.spec.selector.match_labels))


@asks(ProxyNodes)
def proxy_nodes(found: KubeProxy) -> Query[Node] | Irrelevant:
    return Query(Node) if found.short or found.narrow else Irrelevant("kube-proxy is ready on every node")


@derives
def lacking(found: KubeProxy, pods: ProxyPods, nodes: ProxyNodes, now: Now) -> Lacking:
    """Not those that are down, or too new to have one yet, or where no kube-proxy is meant to run."""
    there = {pod.spec.node_name for pod in pods if not pod.finished}
    missing = (node for node in nodes if node.name not in there and _stands(node) and _forwarding(node)
               and now.seconds_since(node.metadata.creation_timestamp) > SETTLES_SECONDS * bool(node.metadata.creation_timestamp))
    return Lacking(sorted((Without(node.name, _why(found, node)) for node in missing), key=lambda entry: entry.node))


def _stands(node: Node) -> bool:
    return is_true(node.status.conditions, "Ready")


def _forwarding(node: Node) -> bool:
    elsewhere = any(node.labels.get(key) in values for key, values in _ELSEWHERE.items())
    virtual = any(taint.key.startswith(_VIRTUAL_TAINT) for taint in node.spec.taints)
    return not elsewhere and not virtual and node.labels.get("kubernetes.io/os", "linux") == "linux"


def _why(found: KubeProxy, node: Node) -> str:
    spec = found.daemon_set.spec.template.spec
    taint = next((taint for taint in node.spec.taints if repelling(taint, spec.tolerations)), None)
    return wanting(node, spec.node_selector, spec.affinity) or (f"it does not tolerate taint {taint.key}:{taint.effect}" if taint else "")


@derives
def down(pods: ProxyPods, now: Now, nodes: ProxyNodes | None = None) -> Down:
    """What runs on a node that is down is that node's trouble."""
    lost = {node.name for node in nodes or () if not _stands(node)}
    found = [pod for pod in pods if not stands(pod, now) and pod.spec.node_name and pod.spec.node_name not in lost]
    return Down(sorted(found, key=lambda pod: pod.spec.node_name))


def stands(pod: Pod, now: Now) -> bool:
    """Whether a Pod of kube-proxy runs, or is only about to come or to go."""
    ended = any(status.restart_count for status in pod.status.container_statuses)
    young = now.seconds_since(pod.metadata.creation_timestamp) <= SETTLES_SECONDS and not ended
    return pod.ready or pod.terminating or pod.finished or young
