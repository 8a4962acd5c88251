"""A Pod hangs in Terminating long after its grace period.

Why it breaks:
A Pod that is being deleted is not ready for new clients. It stays as long as a finalizer is on it, a volume
cannot be unmounted, or its process cannot be killed; a StatefulSet makes no replacement of the same name
before it is gone.

How to fix:
Find what holds it: remove a finalizer whose controller is gone, or, after making sure that its process has
ended, delete it by force.

Look yourself:
kubectl get pod NAME -o jsonpath='{.metadata.finalizers}{"\\n"}{.metadata.deletionTimestamp}'
kubectl describe pod NAME

Reference:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import Affected
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.trouble import TerminatingStuck
from kubectl_svcdoctor.model.finding import Fix, Problem


@defect("POD114", "pod-terminating-stuck")
def pod_terminating_stuck(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(TerminatingStuck):
        first = group.first
        finalizers = ", ".join(first.pod.metadata.finalizers)
        pods = f"Pod {first.pod.name} is" if len(group.pods) == 1 else f"{len(group.pods)} Pods are"
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial,
            summary=f"{pods} still Terminating {first.overdue / 60:.0f} min after the grace period",
            evidence=group.evidence(f"finalizers: {finalizers}" if finalizers else ""),
            fix=_fix(group, finalizers),
        )


def _fix(group: Affected[TerminatingStuck], finalizers: str) -> Fix:
    name = group.first.pod.name
    if finalizers:
        body = '{"metadata":{"finalizers":null}}'
        return Fix(f"let the controller of {finalizers} finish its work; if it is gone, take the finalizer off",
                   (group.kubectl(f"patch pod {name} --type=merge -p '{body}'"),))
    return Fix("make sure that its process has ended on the node, then delete it by force",
               (group.kubectl(f"describe pod {name}"), group.kubectl(f"delete pod {name} --force --grace-period=0")))
