"""The Service has only IP families that none of its Pods has.

Why it breaks:
An endpoint must be of the Service's family: an IPv6 Service in front of Pods with IPv4 addresses gets an EndpointSlice of type IPv6 without a single endpoint,
and every connection is refused. The Pods are ready all the same.

How to fix:
Give the Service the family that the Pods have, by creating it anew: the family of an existing cluster IP cannot be changed. Or give Pods and nodes the
missing family.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ipFamilies} {.spec.ipFamilyPolicy}'
kubectl get pods -l SELECTOR -o jsonpath='{.items[*].status.podIPs}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dual-stack/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.family import Families
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC106", "svc-ipfamily-unavailable")
def family_unavailable(service: Service, pods: Families) -> Problem | None:
    if set(pods.lacking) != set(pods.wanted):
        return None
    present = ", ".join(pods.present)
    manifest = f"kubectl -n {service.namespace} get service {service.name} -o json"
    edit = f"""'del(.spec.clusterIP, .spec.clusterIPs) | .spec.ipFamilies = ["{pods.present[0]}"]'"""
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "ipFamilies"),
        summary=f"Service {service.name} is {' and '.join(pods.wanted)} only, but its Pods have {present} addresses",
        evidence=(f"Pod {pods.example.name} has {', '.join(pods.example.addresses)}",),
        fix=Fix(f"create the Service anew with ipFamilies [{present}] (the family cannot be changed in place)",
                (f"{manifest} | jq {edit} | kubectl replace --force -f -",)),
    )
