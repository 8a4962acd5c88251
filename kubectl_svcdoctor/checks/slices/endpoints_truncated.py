"""The Endpoints object is truncated at 1000 addresses, and what still reads it sees only a part.

Why it breaks:
An Endpoints object holds at most 1000 addresses; the controller drops the rest and says so in an annotation.
kube-proxy and DNS read EndpointSlices and are not concerned; some older ingress controllers and tools read Endpoints.

How to fix:
Move what reads Endpoints to EndpointSlices.

Look yourself:
kubectl get endpoints NAME -o jsonpath='{.metadata.annotations}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#over-capacity-endpoints
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.endpoints import OVER_CAPACITY, SERVICE_NAME
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceEndpoints
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("EPS120", "eps-slice-limit-truncated")
def endpoints_truncated(service: Service, pods: SelectedPods, endpoints: ServiceEndpoints) -> Problem | None:
    for entry in endpoints:
        if entry.metadata.annotations.get(OVER_CAPACITY) == "truncated":
            return Problem(
                object=entry, severity=Severity.INFO,
                summary=f"the Endpoints object of Service {service.name} is truncated at 1000 addresses",
                evidence=("kube-proxy and DNS read EndpointSlices, which list all of them",),
                fix=Fix("move what reads it to EndpointSlices", (
                    kubectl("get", "endpointslices", "-l", selector({SERVICE_NAME: service.name}), namespace=service.namespace),)),
            )
    return None
