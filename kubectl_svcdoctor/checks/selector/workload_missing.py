"""The selector picks no Pod, and nothing in the namespace creates such Pods.

Why it breaks:
The Service is there and the application is not: never deployed in this namespace, deleted, or deployed with
labels that have nothing in common with the selector. There is nothing that the Service could send to.

How to fix:
Deploy the application in the Service's namespace, or correct the selector. Where a controller of its own kind
makes the Pods (an operator, a virtual machine, a Rollout), look at its object.

Look yourself:
kubectl get deployments,statefulsets,daemonsets --show-labels
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.variants import WorkloadMissing
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service


@symptom("SVC209", "sel-workload-missing")
def nothing_makes_such_pods(service: Service, found: WorkloadMissing) -> Problem:
    """A symptom, since all that is certain is the empty selection: with a part of the cluster withheld, the reason may be another."""
    nobody = f"no workload in namespace {service.namespace} creates such Pods"
    if found.unseen:
        why = f"{nobody if found.nearest else 'the reason is not known'}, and {' and '.join(found.unseen)} could not be read"
    elif found.rollout:
        resting = "is scaled to zero" if found.rollout.wanted == 0 else "has created none"
        why = f"Rollout {found.rollout.name}, which creates such Pods, {resting}"
    elif found.parked:
        why = f"{found.parked} create such Pods"
    else:
        why = nobody
    return Problem(
        object=service, severity=Severity.INFO if found.parked and not found.rollout else Severity.ERROR, field=("spec", "selector"),
        summary=line(f"selector {pairs(service.selector)} matches no Pod; {why}"),
        evidence=((f"{found.parked} were not read",) if found.parked else ()) + tuple(
            f"nearest: {entry.ref} ({count(len(entry.pods))}) has {pairs(entry.labels) or 'no labels'}" for entry in found.nearest),
        fix=_fix(service, found),
    )


def _fix(service: Service, found: WorkloadMissing) -> Fix:
    if found.rollout:
        return Fix(f"find out from Rollout {found.rollout.name} why it has no Pods", (kubectl("describe", found.rollout, namespace=service.namespace),))
    if found.maker:
        owner = ObjectRef(found.maker.api_version, found.maker.kind, service.namespace, found.maker.name)
        return Fix(f"find out from {found.maker.kind} {found.maker.name}, which owns the Service, why its Pods are missing",
                   (kubectl("describe", owner, namespace=service.namespace),))
    if found.parked:
        return Fix("start what creates these Pods, unless it is stopped on purpose", (kubectl("get", found.parked, namespace=service.namespace),))
    return Fix(f"deploy the application in namespace {service.namespace}, or select the labels of a workload that is there",
               (kubectl("get", "deployments,statefulsets,daemonsets,pods", "--show-labels", namespace=service.namespace),))
