"""The namespace is terminating, with everything in it.

Why it breaks:
In a namespace that is Terminating nothing can be created any more: no Pods, no EndpointSlices, no Services. Its objects are deleted one after the
other; one with a finalizer stays until the finalizer's controller has finished, and the namespace stays with it.

How to fix:
A deletion cannot be taken back. See in the namespace's conditions what is left, most often objects with finalizers whose controller is gone, and bring
that controller back; then the namespace ends by itself and can be created again.

Look yourself:
kubectl get namespace NAME -o jsonpath='{.status.conditions}'

Reference:
https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import OwnNamespace
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@defect("SVC492", "cl-finalizer-namespace")
def namespace_terminating(namespace: OwnNamespace) -> Problem | None:
    if not namespace or namespace[0].status.phase != "Terminating":
        return None
    own = namespace[0]
    reasons = tuple(f"{entry.type}: {entry.message}" for entry in own.status.conditions if entry.status == "True" and entry.message)
    return Problem(
        object=own, severity=Severity.ERROR, summary=f"namespace {own.name} is terminating, with everything in it", evidence=reasons,
        fix=Fix("see in its conditions what holds it, and bring the controllers of those finalizers back",
                (kubectl("get", own, "-o", "jsonpath={.status.conditions}"),)),
    )
