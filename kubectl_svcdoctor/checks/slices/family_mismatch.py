"""The Service's endpoints are all of an IP family that the Service does not have.

Why it breaks:
kube-proxy keeps IPv4 and IPv6 apart: to an IPv4 ClusterIP it gives only endpoints out of slices with
addressType IPv4. If the only slices are of the other family, the Service has no endpoint.

How to fix:
Write a slice in the Service's own family; the addressType of an existing one cannot be changed. Where the
cluster is dual-stack, the Service may be given the second family as well, for clients of that family.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ipFamilies}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.slices.controllers import families
from kubectl_svcdoctor.graph.slices.handmade import HandMade, endpoints_of, mirrored
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("EPS112", "eps-family-mismatch")
def family_mismatch(service: Service, slices: HandMade, all_slices: ServiceSlices) -> Problem | None:
    wanted = families(service)
    other = [part for part in slices if part.address_type in ("IPv4", "IPv6") and part.address_type not in wanted]
    if not other or service.selector or any(part.endpoints for part in all_slices if part.address_type in wanted):
        return None
    part = other[0]
    where = endpoints_of(service) if mirrored(part) else part.ref
    return Problem(
        object=part, severity=Severity.ERROR, field=("addressType",),
        summary=f"Service {service.name} is {' and '.join(wanted)}, but EndpointSlice {part.name} lists {part.address_type} addresses",
        evidence=(f"no slice lists {' or '.join(wanted)} addresses",),
        fix=Fix(f"list the backends' {wanted[0]} addresses, which the cluster does not know, in a slice of addressType {wanted[0]} beside {where}",
                (kubectl("get", where, "-o", "yaml", namespace=part.namespace),)),
    )
