"""The Service selects the newest Pods of a rollout that has stopped, and the ready Pods of the revision before lack its labels.

Why it breaks:
A label was added to the template and to the selector at once, as a chart's upgrade does. While the rollout
stands still, the Pods that work are the old ones, and the selector passes over them: the Service has no ready
endpoint although ready Pods are there.

How to fix:
Finish the rollout (resume it, or fix what holds the new Pods back). Until then select what old and new Pods
share.

Look yourself:
kubectl rollout status deployment NAME
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.fixes import look, reselect
from kubectl_svcdoctor.graph.selector.variants import HalfRolledOut
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.meta import condition
from kubectl_svcdoctor.model.service import Service


@defect("SVC205", "sel-immutable-selector-drift")
def half_rolled_out(service: Service, found: HalfRolledOut) -> Problem:
    """A warning where new Pods exist and are not ready: what they suffer from is the cause, and told by itself."""
    workload = found.workload
    state = "is paused" if workload.spec.paused else "has stopped"
    new = f"{count(len(found.new))} of the new revision, not ready" if found.new else "no Pod of the new revision"
    progress = condition(workload.status.conditions, "Progressing")
    return Problem(
        object=service, severity=Severity.WARNING if found.new else Severity.ERROR, field=("spec", "selector", next(iter(found.lacking))),
        summary=line(f"selector {pairs(found.lacking)} misses the {count(found.ready, 'ready Pod')} of {workload.ref}, whose rollout {state}"),
        evidence=tuple(line(fact) for fact in (
            f"{'it is' if found.ready == 1 else 'they are'} of the revision before",
            f"the selector picks {new}", progress.message if progress else "") if fact),
        fix=_fix(service, found),
    )


def _fix(service: Service, found: HalfRolledOut) -> Fix:
    workload = found.workload
    if workload.spec.paused:
        return patching(f"resume the rollout of {workload.ref}", workload, {"spec": {"paused": False}},
                        kubectl("rollout", "resume", workload, namespace=workload.namespace))
    if not found.corrected:
        return look(service, f"finish the rollout of {workload.ref}")
    return reselect(service, found.corrected, f"select {pairs(found.corrected)} until the rollout of {workload.ref} is finished")
