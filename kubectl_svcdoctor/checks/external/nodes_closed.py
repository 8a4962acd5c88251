"""All nodes that could take Pods are cordoned or not ready.

Why it breaks:
A cordoned node takes no new Pods, and neither does one that is not ready. After a drain or an upgrade that
was never finished, Pods that are evicted or replaced stay Pending, and the Service loses them one by
one.

How to fix:
Uncordon a node when its maintenance is over, or bring its kubelet back.

Look yourself:
kubectl get nodes
kubectl get pods --field-selector status.phase=Pending

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import NodesClosed
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Patch, Problem
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("SVC490", "cl-node-cordoned-all")
def nodes_closed(readiness: Readiness) -> Problem | None:
    for group in readiness.affected(NodesClosed, by=lambda trouble: ""):
        first = group.first
        closed = " and ".join(part for part in (
            f"cordoned ({names(first.cordoned)})" if first.cordoned else "",
            f"not ready ({names(first.unready)})" if first.unready else "",
        ) if part)
        return Problem(
            object=ObjectRef("v1", "Node", "", (*first.cordoned, *first.unready)[0]), severity=group.severity, partial=group.partial, out=group.out,
            explains=group.explains,
            summary=f"no node accepts new Pods: all are {closed}; {group.count} waiting",
            evidence=group.evidence(first.message), fix=_fix(first),
        )
    return None


def _fix(trouble: NodesClosed) -> Fix:
    if not trouble.cordoned:
        return Fix("bring the kubelets of the nodes back", (kubectl("describe", ObjectRef("v1", "Node", "", trouble.unready[0])),))
    patch = Patch(ObjectRef("v1", "Node", "", trouble.cordoned[0]), "merge", {"spec": {"unschedulable": None}})
    return Fix("uncordon the nodes, if their maintenance is over", (kubectl("uncordon", *trouble.cordoned),), patch)
