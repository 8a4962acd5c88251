"""A StatefulSet creates its Pods one after another, and one that is not ready holds up the rest.

Why it breaks:
With podManagementPolicy OrderedReady, the default, the next Pod is created only when the one before is ready. The names of those that were not
created do not exist.

How to fix:
Fix what keeps that Pod from becoming ready. With podManagementPolicy Parallel, which takes a new StatefulSet, all are created at once.

Look yourself:
kubectl get pods
kubectl get statefulset NAME -o jsonpath='{.spec.podManagementPolicy}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@symptom("HLS121", "sts-next-pod-not-made")
def next_pod_not_made(governed: Governed, pods: SetPods) -> Problem | None:
    item = governed.set
    unready = sorted((pod for pod in pods if not pod.ready and not pod.terminating), key=lambda pod: pod.name)
    missing = [name for name in governed.pod_names if name not in {pod.name for pod in pods}]
    if item.spec.pod_management_policy != "OrderedReady" or not unready or not missing:
        return None
    serving = any(pod.ready for pod in pods)
    return Problem(
        object=item, severity=Severity.WARNING, partial=serving,
        summary=f"{names(missing)} of StatefulSet {item.name} {'is' if len(missing) == 1 else 'are'} not created, since Pod {unready[0].name} is not ready",
        fix=Fix("find out why that Pod is not ready", (kubectl("describe", unready[0], namespace=item.namespace),)),
    )
