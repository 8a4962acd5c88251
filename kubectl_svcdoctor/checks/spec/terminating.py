"""The Service is terminating, and a finalizer holds it.

Why it breaks:
A Service with a deletion timestamp is on its way out: its load balancer's controller releases the address, and tools do not deploy to it any more. It
stays for as long as its metadata lists a finalizer, which only the controller that set it should remove.

How to fix:
Fix the controller that the finalizer belongs to (service.kubernetes.io/load-balancer-cleanup: the load balancer's controller). Removing the
finalizer by hand leaves behind what that controller would have cleaned up.

Look yourself:
kubectl get service NAME -o jsonpath='{.metadata.deletionTimestamp} {.metadata.finalizers}'

Reference:
https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

PATIENCE_SECONDS = 60
LOAD_BALANCER = "service.kubernetes.io/load-balancer-cleanup"


@symptom("SVC111", "svc-terminating")
def terminating(service: Service, now: Now) -> Problem | None:
    since = service.metadata.deletion_timestamp
    if since is None:
        return None
    held = ", ".join(service.metadata.finalizers) or "no finalizer"
    age = now.seconds_since(since)
    stuck = age > PATIENCE_SECONDS
    who = "the controller of the load balancer" if LOAD_BALANCER in service.metadata.finalizers else "the controller that set the finalizer"
    return Problem(
        object=service, severity=Severity.ERROR if stuck else Severity.WARNING, partial=True, field=("metadata", "finalizers"),
        summary=f"Service {service.name} has been terminating for {duration(age)}" if stuck else f"Service {service.name} is terminating",
        evidence=(f"held by {held}",),
        fix=Fix(f"let {who} finish; see its Events", (kubectl("describe", service, namespace=service.namespace),)),
    )
