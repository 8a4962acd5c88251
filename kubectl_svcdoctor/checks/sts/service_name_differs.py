"""The StatefulSet's serviceName is not the headless Service that selects its Pods.

Why it breaks:
The controller writes serviceName as subdomain into each Pod, and an endpoint gets a hostname only in the Service of that very name. So the
Pods have no names below the headless Service that selects them, although its own name resolves to all of them.

How to fix:
Create a headless Service with the name that serviceName says. If that is another Service: recreate the StatefulSet with the right serviceName,
which cannot be changed in place: keep its manifest, delete it with --cascade=orphan, so that the Pods stay, create it again at once, and restart
the Pods one by one.

Look yourself:
kubectl get statefulset NAME -o jsonpath='{.spec.serviceName}'
kubectl get pods -o custom-columns=NAME:.metadata.name,SUBDOMAIN:.spec.subdomain

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.checks.sts.governing_service_missing import creation
from kubectl_svcdoctor.graph.sts.governed import Misgoverned
from kubectl_svcdoctor.graph.sts.peers import Peers
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("HLS102", "sts-servicename-mismatch")
def service_name_differs(found: Misgoverned, peers: Peers | None = None) -> Problem | None:
    other, item = found.other, found.set
    if other is None:
        return None
    own = item.spec.service_name
    there = "does not exist" if found.missing else "does not select them"
    return Problem(
        object=item, severity=Severity.ERROR if peers else Severity.WARNING, partial=True, field=("spec", "serviceName"),
        summary=f"{item.name}-{item.spec.ordinals.start}.{other.name} does not resolve: "
                f"StatefulSet {item.name} has serviceName {own}, and Service {other.name} selects its Pods",
        evidence=(f"Service {own} {there}", *((f"its Pods name each other: {peers[0].text}",) if peers else ())),
        fix=Fix(f"create the headless Service {own}", (creation(item),)) if found.missing else
        Fix(f"let Service {own} select the StatefulSet's Pods, or recreate the StatefulSet with serviceName {other.name}, which cannot be changed in place",
            (kubectl("get", ObjectRef("v1", "Service", item.namespace, own), item, "-o", "yaml", namespace=item.namespace),)),
    )
