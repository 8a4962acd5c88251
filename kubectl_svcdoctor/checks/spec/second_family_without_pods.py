"""A dual-stack Service has Pods of one IP family only, so clients of the other family are refused.

Why it breaks:
The Service has an address of each family and DNS gives out both. EndpointSlices are written for each family; the one that no Pod has stays empty, and
clients that prefer it (most prefer IPv6) are refused, or wait before they fall back to the other.

How to fix:
Make the Pods and nodes dual-stack, or the Service single-stack.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME
kubectl get pods -l SELECTOR -o jsonpath='{.items[*].status.podIPs}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dual-stack/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.spec.family import Families
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service

IPS = "custom-columns=POD:.metadata.name,IPS:.status.podIPs[*].ip"


@defect("SVC107", "svc-dualstack-pods-single")
def second_family_without_pods(service: Service, pods: Families) -> Problem | None:
    if not pods.lacking or set(pods.lacking) == set(pods.wanted):
        return None
    lacking = ", ".join(pods.lacking)
    return Problem(
        object=service, severity=Severity.ERROR, partial=True, field=("spec", "ipFamilies"),
        summary=f"dual-stack Service {service.name} has no {lacking} endpoint: its Pods have {', '.join(pods.present)} addresses only",
        evidence=(f"Pod {pods.example.name} has {', '.join(pods.example.addresses)}",),
        fix=_fix(service, pods),
    )


def _fix(service: Service, pods: Families) -> Fix:
    """The first family of a cluster IP stays; only the second one can be taken away in place. Clients of the first are served, so nothing is recreated."""
    if service.headless:
        kept = [family for family in pods.wanted if family in pods.present]
        return patching(f"make the headless Service single-stack, {kept[0]}", service, {"spec": {"ipFamilyPolicy": "SingleStack", "ipFamilies": kept}})
    if pods.wanted[0] not in pods.present:
        look = kubectl("get", "pods", "-l", selector(service.selector), "-o", IPS, namespace=service.namespace)
        return Fix(f"make the Pods dual-stack, or let clients use a second Service that is {pods.present[0]} only", (look,))
    single = {"ipFamilyPolicy": "SingleStack", "ipFamilies": [pods.wanted[0]]}
    given_up = ", ".join(service.spec.cluster_ips[1:])
    return patching(f"make the Service single-stack, {pods.wanted[0]} (it gives up {given_up})", service,
                    {"spec": {**single, "clusterIPs": service.spec.cluster_ips[:1]}})
