"""A Pod hangs in Terminating long after its grace period.

Why it breaks:
A Pod that is terminating gets no new clients. It stays as long as a finalizer is on it, a volume cannot be
unmounted, or its process cannot be killed; a StatefulSet creates no replacement of the same name before it is
gone.

How to fix:
Find what holds it: let the controller of its finalizer finish its work, or the node unmount its volumes. A finalizer
may be removed when its controller is gone for good; what it was to clean up is left behind then.

Look yourself:
kubectl get pod NAME -o jsonpath='{.metadata.finalizers}{"\\n"}{.metadata.deletionTimestamp}'
kubectl describe pod NAME

Reference:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import TerminatingStuck
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.finding import Fix, Patch, Problem, Severity, patch_command
from kubectl_svcdoctor.model.workload import Pod


@defect("POD114", "pod-terminating-stuck")
def pod_terminating_stuck(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(TerminatingStuck):
        first = group.first
        finalizers = ", ".join(first.pod.metadata.finalizers)
        pods = f"Pod {first.pod.name} is" if len(group.pods) == 1 else f"{len(group.pods)} Pods of {group.owner} are"
        yield group.problem(
            summary=f"{pods} still terminating {duration(first.overdue)} after the grace period",
            evidence=group.evidence(
                f"finalizers: {finalizers}" if finalizers else "",
                f"it has {first.pod.status.phase.lower()}; its StatefulSet creates the next Pod of this name when it is gone" if first.pod.finished else "",
            ),
            fix=_fix(group, finalizers),
        )


def _fix(group: Affected[TerminatingStuck], finalizers: str) -> Fix:
    pod = group.first.pod
    if not finalizers:
        return Fix(f"find out what keeps the kubelet of node {pod.spec.node_name} from ending it: its Events tell", (group.describe,))
    if group.severity is not Severity.ERROR or not _ended(pod):
        return Fix(f"let the controller of {finalizers} finish its work: its log says what keeps it",
                   (group.kubectl("get", pod, "-o", "jsonpath={.metadata.finalizers}"),))
    path = "/metadata/finalizers"
    steps = ({"op": "test", "path": path, "value": list(pod.metadata.finalizers)}, {"op": "remove", "path": path})
    return Fix(f"let the controller of {finalizers} finish its work; where it is gone for good, remove the finalizers: what they stand for is not "
               "cleaned up then. All containers of the Pod have ended", (patch_command(Patch(pod.ref, "json", steps)),))


def _ended(pod: Pod) -> bool:
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return bool(statuses) and all(status.state.terminated for status in statuses)
