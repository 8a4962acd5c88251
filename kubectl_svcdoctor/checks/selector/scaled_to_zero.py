"""The workload behind the selector is told to run no Pods.

Why it breaks:
Selector and labels are right, and there is nothing to select: the workload has zero replicas, or too few for
the one Pod that the selector names, or no node is left for a DaemonSet. Every connection is refused.

How to fix:
Scale the workload up. Where a program scales it to zero on purpose (KEDA, Knative, a downscaler at night),
that program decides; clients must go through what wakes the workload, or wait.

Look yourself:
kubectl get deployments,statefulsets,daemonsets
kubectl get horizontalpodautoscalers

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.variants import ScaledToZero
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import DaemonSet


@defect("SVC210", "sel-scaled-to-zero")
def scaled_to_zero(service: Service, found: ScaledToZero) -> Problem:
    """A remark where the workload, the Service or the last manager of the replicas tells of a program that does this on purpose."""
    workload = found.workload
    if isinstance(workload, DaemonSet):
        state = "fits no node, so it creates no Pods"
    elif found.needed > 1:
        state = f"has {count(workload.wanted or 0, 'replica')}, and creates the selected Pod with {found.needed}"
    else:
        state = "is scaled to zero"
    return Problem(
        object=workload, severity=Severity.INFO if found.by else Severity.ERROR, field=("spec", "replicas"),
        summary=line(f"{workload.ref} {state}; Service {service.name} has no Pod to send to"),
        evidence=(f"its template has the selector's labels: {pairs(service.selector)}" if found.needed == 1
                  else f"the selector asks for {pairs(service.selector)}",
                  *((f"{found.by} shows that this is done on purpose",) if found.by else ())),
        fix=_fix(found),
    )


def _fix(found: ScaledToZero) -> Fix:
    workload = found.workload
    if isinstance(workload, DaemonSet):
        return Fix(f"let the node selector, affinity and tolerations of {workload.ref} fit a node",
                   (kubectl("describe", workload, namespace=workload.namespace), kubectl("get", "nodes", "--show-labels")))
    return patching(f"scale {workload.ref} to {count(found.needed, 'replica')}", workload, {"spec": {"replicas": found.needed}},
                    kubectl("scale", workload, f"--replicas={found.needed}", namespace=workload.namespace))
