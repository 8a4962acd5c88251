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
from kubectl_svcdoctor.checks.sts.governing_service_missing import creation, severity
from kubectl_svcdoctor.graph.sts.governed import Misgoverned
from kubectl_svcdoctor.graph.sts.peers import Peers
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("HLS102", "sts-servicename-mismatch")
def service_name_differs(found: Misgoverned, peers: Peers | None = None) -> Problem | None:
    """As grave as a serviceName that names nothing (HLS101): the same names are lost. It names the name that the Pods use, else the one that serviceName
    promises, and the fix makes this very name resolve."""
    other, item = found.other, found.set
    if other is None:
        return None
    own = item.spec.service_name
    used = {peer.rest[0] for peer in peers or () if peer.number is not None and peer.rest}
    below = other.name if other.name in used and own not in used else own
    there = "does not exist" if found.missing else "does not select them"
    return Problem(
        object=item, severity=severity(item, peers), partial=True, field=("spec", "serviceName"),
        summary=f"{item.name}-{item.spec.ordinals.start}.{below} does not resolve: "
                f"StatefulSet {item.name} has serviceName {own}, and Service {other.name} selects its Pods",
        evidence=(f"Service {own} {there}", *((f"its Pods name each other: {peers[0].text}",) if peers else ())), fix=_fix(found, below, other.name),
        explains=("sts-persistent-peer-list",) if below == other.name else (),
    )


def _fix(found: Misgoverned, below: str, other: str) -> Fix:
    """Only a StatefulSet of another serviceName gives its Pods names below that; what serviceName says takes a Service of this name."""
    item, own = found.set, found.set.spec.service_name
    recreate = f"recreate the StatefulSet with serviceName {other}, which cannot be changed in place"
    steps = "delete it with --cascade=orphan, so that its Pods stay, create it again at once from its manifest, and restart the Pods one by one"
    if below == own and found.missing:
        return Fix(f"create the headless Service {own}; for names below {other}, {recreate}", (creation(item),))
    look = kubectl("get", ObjectRef("v1", "Service", item.namespace, own), item, "-o", "yaml", namespace=item.namespace)
    if below == own:
        return Fix(f"let Service {own} select the StatefulSet's Pods; for names below {other}, {recreate}", (look,))
    return Fix(f"{recreate}: {steps}", (kubectl("get", item, "-o", "yaml", namespace=item.namespace),))
