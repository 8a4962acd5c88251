"""Two Pods have the same IP address.

Why it breaks:
A network plugin that has lost its records gives an address away twice. What is sent there reaches one of the
two Pods, whichever the network happens to know; the other gets nothing, or answers for the wrong one.

How to fix:
Clean the plugin's records of addresses on that node, or it happens again; then let one of the Pods be replaced, so
that it gets another address.

Look yourself:
kubectl get pods -A -o wide --field-selector status.podIP=ADDRESS

Reference:
https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

from collections import defaultdict

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.workload import Pod


@defect("POD116", "pod-duplicate-ip")
def address_used_twice(pods: SelectedPods) -> Problem | None:
    holders: dict[str, list[Pod]] = defaultdict(list)
    for pod in pods:
        if not pod.spec.host_network and not pod.finished and not pod.terminating:
            for address in pod.addresses:
                holders[address].append(pod)
    twice = {address: found for address, found in sorted(holders.items()) if len(found) > 1}
    if not twice:
        return None
    address, found = next(iter(twice.items()))
    second = max(found, key=lambda pod: (pod.metadata.creation_timestamp is not None and pod.metadata.creation_timestamp, pod.name))
    return Problem(
        object=second, severity=Severity.WARNING,
        summary=f"{len(found)} Pods have the IP address {address}: {names([pod.name for pod in found])}",
        evidence=(f"nodes: {names(sorted({pod.spec.node_name for pod in found}))}",
                  *(f"{len(holders[other])} Pods have the IP address {other}" for other in list(twice)[1:3])),
        fix=Fix(f"correct the records of the network plugin (CNI) on node {second.spec.node_name}, then replace Pod {second.name}, the newest of them, "
                "so that it gets another address", (kubectl("get", "pods", "-A", "-o", "wide", f"--field-selector=status.podIP={address}"),)),
    )
