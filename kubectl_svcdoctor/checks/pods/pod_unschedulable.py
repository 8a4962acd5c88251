"""No node takes the Pod.

Why it breaks:
The scheduler found no node with enough room, the right labels, tolerated taints and the Pod's volumes. The
Pod stays Pending, without an address, and is no endpoint.

How to fix:
The scheduler's message counts the nodes by reason: lower the requests or add a node, correct nodeSelector,
affinity or tolerations, or see why a PersistentVolumeClaim has no volume.

Look yourself:
kubectl describe pod NAME
kubectl describe nodes

Reference:
https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, line
from kubectl_svcdoctor.graph.pods.claims import Unbound, UnboundClaims
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import Unschedulable
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem

CLAIMS = ("get", "persistentvolumeclaims")
NODES = ("get", "nodes", "--show-labels")
# What the scheduler's plugins say (pkg/scheduler/framework/plugins), what to do, and where to look.
ADVICE = (
    ("Insufficient ", "lower the requests of {owner}, or add a node", ("describe", "nodes")),
    ("Too many pods", "add a node, or raise the nodes' limit of Pods", ("describe", "nodes")),
    ("persistentvolumeclaim", "create or correct the PersistentVolumeClaim that the message names", CLAIMS),
    ("PersistentVolumeClaims", "see that the PersistentVolumeClaim gets its volume", CLAIMS),
    ("volume", "see that the Pod's volumes can be reached from a node that is free", CLAIMS),
    ("node affinity/selector", "correct nodeSelector or affinity of {owner}, or label a node so", NODES),
    ("affinity", "correct the Pod affinity rules of {owner}, or add a node", NODES),
    ("taint", "add a toleration to {owner}, or take the taint from a node", ("describe", "nodes")),
)


@defect("POD111", "pod-pending-unschedulable")
def pod_unschedulable(readiness: Readiness, claims: UnboundClaims | None = None) -> Iterator[Problem]:
    for group in readiness.affected(Unschedulable):
        first = group.first
        unbound = claims.of(first.pod) if claims else None
        yield group.problem(
            field=("spec", "template", "spec"),
            summary=_summary(group, unbound), evidence=group.evidence(first.message, unbound.message if unbound else ""), fix=_fix(group, unbound),
        )


def _summary(group: Affected[Unschedulable], unbound: Unbound | None) -> str:
    first = group.first
    if not first.reason and not first.message:
        age = duration(group.standing.now.seconds_since(first.pod.metadata.creation_timestamp))
        return f"no scheduler has looked at {group.count} in {age}"
    if first.reason == "SchedulingGated":
        gates = ", ".join(gate.name for gate in first.pod.spec.scheduling_gates)
        return f"scheduling gates hold back {group.count}: {gates}"
    if unbound:
        return f"no node takes {group.count}: PersistentVolumeClaim {unbound.name} {unbound.why}"
    # Behind its reasons the scheduler tells what preemption would give, in one version as "not found" alone.
    why = re.sub(r"\.( preemption:.*| not found)?$", "", " ".join(first.message.split()))
    return f"no node takes {group.count}: {line(why)}"


def _fix(group: Affected[Unschedulable], unbound: Unbound | None) -> Fix:
    first = group.first
    if first.reason == "SchedulingGated":
        return Fix("the controller that set the scheduling gates has to remove them", (group.describe,))
    if not first.message:
        return Fix(f"start the scheduler, or correct schedulerName in {group.owner}", (group.describe,))
    if unbound:
        return Fix(unbound.advice, (group.kubectl("describe", unbound.claim) if unbound.claim else group.kubectl(*CLAIMS), kubectl("get", "storageclasses")))
    for words, advice, look in ADVICE:
        if words in first.message:
            return Fix(advice.format(owner=group.owner), (_looking(group, look), group.describe))
    return Fix("do what the scheduler's message asks for", (group.describe,))


def _looking(group: Affected[Unschedulable], words: tuple[str, ...]) -> Command:
    return kubectl(*words) if "nodes" in words else group.kubectl(*words)
