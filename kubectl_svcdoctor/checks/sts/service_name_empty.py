"""The StatefulSet has no serviceName, so its Pods have no per-Pod DNS names.

Why it breaks:
Without serviceName the controller gives the Pods a hostname and no subdomain, and DNS serves a Pod's name only below a Service that is its
subdomain. Where nobody uses the names of single Pods, nothing is wrong.

How to fix:
Recreate the StatefulSet with a serviceName, which cannot be set in place, and create the headless Service of that name: keep its manifest, delete
it with --cascade=orphan, so that the Pods stay, create it again at once, and restart the Pods one by one.

Look yourself:
kubectl get statefulset NAME -o jsonpath='{.spec.serviceName}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed
from kubectl_svcdoctor.graph.sts.peers import Peers
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.workload import StatefulSet


@defect("HLS103", "sts-servicename-empty")
def service_name_empty(governed: Governed, peers: Peers | None = None) -> Problem | None:
    item = governed.set
    if governed.governing:
        return None
    return Problem(
        object=item, severity=Severity.ERROR if peers else Severity.INFO, partial=True, field=("spec", "serviceName"),
        summary=f"the Pods of StatefulSet {item.name} have no per-Pod DNS names: it has no serviceName",
        evidence=(f"its Pods name each other: {peers[0].text}",) if peers else (),
        fix=_fix(item, peers),
    )


def _fix(item: StatefulSet, peers: Peers | None) -> Fix:
    """A StatefulSet that works is not recreated for a name that nobody uses."""
    look = kubectl("get", item, "-o", "yaml", namespace=item.namespace)
    if not peers:
        return Fix("nothing, unless clients need names of single Pods: those take a StatefulSet with a serviceName from its creation on", (look,))
    wanted = next((peer.rest[0] for peer in peers if peer.rest), "")
    named = f"serviceName {wanted}" if wanted else "a serviceName"
    return Fix(f"recreate the StatefulSet with {named}, which cannot be set in place: delete it with --cascade=orphan, so that its Pods stay, "
               "create it again at once from its manifest, and restart the Pods one by one", (look,))
