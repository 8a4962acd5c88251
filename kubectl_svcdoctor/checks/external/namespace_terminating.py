"""The namespace is being deleted and cannot be emptied.

Why it breaks:
In a namespace that is Terminating nothing can be created any more: no Pods, no EndpointSlices, no Services. What is still there disappears piece by
piece, and something that cannot be deleted holds the rest.

How to fix:
Remove what the namespace's conditions name, most often objects with finalizers whose controller is gone; then it ends by itself, and can be
created anew.

Look yourself:
kubectl get namespace NAME -o jsonpath='{.status.conditions}'

Reference:
https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.evidence import OwnNamespace
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@defect("SVC492", "cl-finalizer-namespace")
def namespace_terminating(namespace: OwnNamespace) -> Problem | None:
    if not namespace or namespace[0].status.phase != "Terminating":
        return None
    own = namespace[0]
    reasons = tuple(f"{entry.type}: {entry.message}" for entry in own.status.conditions if entry.status == "True" and entry.message)
    return Problem(
        object=own, severity=Severity.ERROR, summary=f"namespace {own.name} is being deleted, with everything in it", evidence=reasons[:4],
        fix=Fix("see what holds the namespace, remove that, and create the namespace anew",
                (f"kubectl get namespace {own.name} -o jsonpath='{{.status.conditions}}'",)),
    )
