"""The StatefulSet has no serviceName, so its Pods have no names of their own.

Why it breaks:
Without serviceName the controller gives the Pods a hostname and no subdomain, and DNS serves a Pod's name only below a Service that is its
subdomain. Where nobody uses the names of single Pods, nothing is wrong.

How to fix:
Make the StatefulSet anew with a serviceName, which cannot be set in place: delete it with --cascade=orphan, apply it again, and delete the
Pods one by one.

Look yourself:
kubectl get statefulset NAME -o jsonpath='{.spec.serviceName}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed
from kubectl_svcdoctor.graph.sts.peers import Peers
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@defect("HLS103", "sts-servicename-empty")
def service_name_empty(governed: Governed, peers: Peers | None = None) -> Problem | None:
    item = governed.set
    if governed.governing:
        return None
    return Problem(
        object=item, severity=Severity.ERROR if peers else Severity.INFO, partial=True, field=("spec", "serviceName"),
        summary=f"the Pods of StatefulSet {item.name} have no names of their own: it has no serviceName",
        evidence=(f"its Pods name each other: {peers[0].text}",) if peers else (),
        fix=Fix("make the StatefulSet anew with a serviceName", (f"kubectl -n {item.namespace} delete statefulset {item.name} --cascade=orphan",)),
    )
