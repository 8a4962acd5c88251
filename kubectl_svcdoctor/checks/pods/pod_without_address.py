"""A scheduled Pod gets no IP address.

Why it breaks:
Before any container starts, the kubelet has the container runtime make a sandbox, and the network plugin
(CNI) give it an address. Where one of them fails, the Pod stays in ContainerCreating and is no endpoint: it
has nothing to be reached at.

How to fix:
Repair the network plugin on that node: its daemon may be down there, its configuration missing, or its address
range used up.

Look yourself:
kubectl describe pod NAME
kubectl get pods -A -o wide --field-selector spec.nodeName=NODE

Reference:
https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, names
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import NoAddress
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem


@defect("POD115", "pod-no-ip")
def pod_without_address(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(NoAddress):
        nodes, message = sorted({pod.spec.node_name for pod in group.pods}), group.first.message
        yield group.problem(
            summary=f"{group.count} on {names(nodes)} got no IP address{'' if message else _within(group)}",
            evidence=group.evidence(message or "no Event says why the Pod's sandbox was not made"),
            fix=Fix(
                f"repair the network plugin (CNI) on {names(nodes)}; its Pods there say what is wrong" if message else
                f"see what is missing on {names(nodes)}: a volume that is still being attached, or the network plugin (CNI)",
                (kubectl("get", "pods", "-A", "-o", "wide", f"--field-selector=spec.nodeName={nodes[0]}"), group.describe),
            ),
        )


def _within(group: Affected[NoAddress]) -> str:
    """Where nobody says what is wrong, the time is all that is known."""
    scheduled = group.first.pod.condition("PodScheduled")
    since = scheduled.last_transition_time if scheduled else group.first.pod.status.start_time
    return f" in {duration(group.standing.now.seconds_since(since))}"
