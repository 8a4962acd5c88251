"""No node takes the Pod.

Why it breaks:
The scheduler found no node with enough room, the right labels, tolerated taints and the Pod's volumes. The
Pod stays Pending, without an address, and is no endpoint.

How to fix:
The scheduler's message counts the nodes by reason: lower the requests or add a node, correct nodeSelector,
affinity or tolerations, or mend the PersistentVolumeClaim.

Look yourself:
kubectl describe pod NAME
kubectl describe nodes

Reference:
https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import Affected, clip
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.trouble import Unschedulable
from kubectl_svcdoctor.model.finding import Fix, Problem

# What the scheduler's plugins say (pkg/scheduler/framework/plugins), what to do, and where to look.
ADVICE = (
    ("Insufficient ", "lower the requests of {owner}, or add a node", "describe nodes"),
    ("Too many pods", "add a node, or raise the nodes' limit of Pods", "describe nodes"),
    ("persistentvolumeclaim", "create or mend the PersistentVolumeClaim that the message names", "get persistentvolumeclaims"),
    ("PersistentVolumeClaims", "see that the PersistentVolumeClaim gets its volume", "get persistentvolumeclaims"),
    ("volume", "see that the Pod's volumes can be reached from a node that is free", "get persistentvolumeclaims"),
    ("node affinity/selector", "correct nodeSelector or affinity of {owner}, or label a node so", "get nodes --show-labels"),
    ("affinity", "correct the Pod affinity rules of {owner}, or add a node", "get nodes --show-labels"),
    ("taint", "add a toleration to {owner}, or take the taint from a node", "describe nodes"),
)


@defect("POD111", "pod-pending-unschedulable")
def pod_unschedulable(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(Unschedulable):
        first = group.first
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec"),
            summary=_summary(group), evidence=group.evidence(first.message), fix=_fix(group),
        )


def _summary(group: Affected[Unschedulable]) -> str:
    first = group.first
    if not first.reason and not first.message:
        return f"no scheduler has looked at {group.count}"
    if first.reason == "SchedulingGated":
        gates = ", ".join(gate.name for gate in first.pod.spec.scheduling_gates)
        return f"scheduling gates hold back {group.count}: {gates}"
    why = first.message.partition(" preemption:")[0].rstrip(". ")
    return f"no node takes {group.count}: {clip(why, 140)}"


def _fix(group: Affected[Unschedulable]) -> Fix:
    first = group.first
    describe = group.kubectl(f"describe pod {first.pod.name}")
    if first.reason == "SchedulingGated":
        return Fix("the controller that set the scheduling gates has to remove them", (describe,))
    if not first.message:
        return Fix(f"start the scheduler, or correct schedulerName in {group.owner}", (describe,))
    for words, advice, look in ADVICE:
        if words in first.message:
            cluster = "nodes" in look
            return Fix(advice.format(owner=group.owner), (f"kubectl {look}" if cluster else group.kubectl(look), describe))
    return Fix("do what the scheduler's message asks for", (describe,))
