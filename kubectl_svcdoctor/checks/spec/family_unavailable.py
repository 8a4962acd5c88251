"""The Service has only IP families that none of its Pods has.

Why it breaks:
An endpoint must be of the Service's family: an IPv6 Service in front of Pods with IPv4 addresses gets an EndpointSlice of type IPv6 without a single endpoint,
and every connection is refused. The Pods are ready all the same.

How to fix:
Give the Service the family that the Pods have. A headless Service can be patched; any other has to be recreated, since the family of an existing
cluster IP cannot be changed. Or give Pods and nodes the missing family.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ipFamilies} {.spec.ipFamilyPolicy}'
kubectl get pods -l SELECTOR -o jsonpath='{.items[*].status.podIPs}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dual-stack/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.spec.family import Families
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching, recreating
from kubectl_svcdoctor.model.service import Service


@defect("SVC106", "svc-ipfamily-unavailable")
def family_unavailable(service: Service, pods: Families) -> Problem | None:
    if set(pods.lacking) != set(pods.wanted):
        return None
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "ipFamilies"),
        summary=f"Service {service.name} is {' and '.join(pods.wanted)} only, but its Pods have {' and '.join(pods.present)} addresses",
        evidence=(f"Pod {pods.example.name} has {', '.join(pods.example.addresses)}",),
        fix=_fix(service, pods.present[0]),
    )


def _fix(service: Service, family: str) -> Fix:
    """A headless Service may change its families; the family of a cluster IP is immutable (ValidateServiceUpdate)."""
    wanted = {"ipFamilyPolicy": "SingleStack", "ipFamilies": [family]}
    if service.headless:
        return patching(f"give the headless Service the family {family}", service, {"spec": wanted})
    address = "its cluster IP and, if it has one, its load balancer's address change" if service.spec.type == "LoadBalancer" else "its cluster IP changes"
    return recreating(f"give the Service the family {family}, for which the cluster needs a Service network", service,
                      {"spec": {**wanted, "clusterIP": None, "clusterIPs": None}}, address)
