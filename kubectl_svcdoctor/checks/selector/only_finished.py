"""The only Pods that match have finished.

Why it breaks:
A Pod that has succeeded or failed never becomes an endpoint again, whatever its labels; the endpoint slice
controller skips it. What is left of a Job, or of Pods that a node evicted, makes `kubectl get pods -l …`
print lines while the Service has no endpoint.

How to fix:
Run the application under a controller that keeps Pods alive, with the selector's labels, or select the
workload that does run.

Look yourself:
kubectl get pods -l SELECTOR -o wide

Reference:
https://github.com/kubernetes/endpointslice/blob/master/util/controller_utils.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line, names
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.selector.fixes import bearers, reselect
from kubectl_svcdoctor.graph.selector.variants import OnlyFinished
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC211", "sel-matches-only-finished")
def selects_only_finished_pods(service: Service, found: OnlyFinished) -> Problem:
    succeeded = sum(pod.status.phase == "Succeeded" for pod in found.pods)
    ended = {len(found.pods): "succeeded", 0: "failed"}.get(succeeded, "succeeded or failed")
    owners = sorted({"nobody" if owner_of(pod) == pod.ref else str(owner_of(pod)) for pod in found.pods})
    reasons = sorted({pod.status.reason for pod in found.pods if pod.status.reason})
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector"),
        summary=line(f"selector {pairs(service.selector)} matches only {count(len(found.pods))} that {'has' if len(found.pods) == 1 else 'have'} "
                     f"{ended}"),
        evidence=(f"created by {names(owners, 2)}", f"finished: {names([pod.name for pod in found.pods])}", *(f"reason: {reason}" for reason in reasons[:2])),
        fix=_fix(service, found),
    )


def _fix(service: Service, found: OnlyFinished) -> Fix:
    if found.near:
        return reselect(service, found.near.difference.corrected, f"select {pairs(found.near.difference.corrected)}, which "
                        f"{bearers(found.near)}")
    return Fix("see how they ended, and run the application under a controller that keeps its Pods alive",
               (kubectl("describe", "pods", "-l", pairs(service.selector), namespace=service.namespace),))
