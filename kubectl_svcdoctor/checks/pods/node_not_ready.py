"""The node under the Pods is not ready, or is gone.

Why it breaks:
When a kubelet stops reporting, the control plane calls the node not ready and all its Pods with it: they
leave the Service. After five minutes they are to be deleted, which cannot be finished until the kubelet is
back; StatefulSets make no replacement meanwhile.

How to fix:
Bring the node back (power, network, kubelet, container runtime). If its machine is off for good, delete the Node:
the control plane then removes its Pods, and their controllers replace them.

Look yourself:
kubectl describe node NAME
kubectl get pods -A -o wide --field-selector=spec.nodeName=NAME

Reference:
https://kubernetes.io/docs/concepts/architecture/nodes/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import NodeDown
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("POD113", "pod-node-notready")
def node_not_ready(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(NodeDown, by=lambda trouble: trouble.node):
        first = group.first
        stale = sum(pod.ready and not pod.terminating for pod in group.pods)
        condition = first.condition
        silent = condition is not None and condition.status == "Unknown"
        yield Problem(
            object=ObjectRef("v1", "Node", "", first.node),
            severity=Severity.ERROR if stale and silent else group.severity,
            partial=group.partial or bool(stale and silent and group.standing.serving), out=group.out, explains=group.explains,
            summary=f"node {first.node} {_state(first)}, with {group.count} on it",
            evidence=group.evidence(
                f"{condition.reason}: {condition.message}".strip(": ") if condition else "",
                f"{stale} of them are still called ready, so clients are sent there" if stale else "",
            ),
            fix=_fix(group),
        )


def _state(trouble: NodeDown) -> str:
    if trouble.gone:
        return "does not exist"
    condition = trouble.condition
    if condition and condition.status == "Unknown":
        return "does not report"
    return "is not ready"


def _fix(group: Affected[NodeDown]) -> Fix:
    first = group.first
    if not first.gone:
        return Fix(f"bring kubelet and container runtime of node {first.node} back; if its machine is off for good, delete the Node: "
                   "the control plane then removes its Pods, and their controllers replace them",
                   (kubectl("describe", ObjectRef("v1", "Node", "", first.node)),))
    if group.severity is not Severity.ERROR or group.partial:
        return Fix("let kube-controller-manager run, which removes the Pods of a Node that does not exist",
                   (kubectl("get", "pods", "-A", "-o", "wide", f"--field-selector=spec.nodeName={first.node}"),))
    return Fix("remove the Pods that this Node has left behind, which kube-controller-manager should have done, so that their controllers replace them; "
               "if its machine still runs, their processes run on",
               (group.kubectl("delete", "pod", *(pod.name for pod in group.pods), "--force", "--grace-period=0"),))
