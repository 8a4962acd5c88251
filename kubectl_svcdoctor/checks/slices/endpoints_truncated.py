"""The old Endpoints object is cut at 1000 addresses, and whoever still reads it sees only a part.

Why it breaks:
An Endpoints object holds at most 1000 addresses; the controller drops the rest and says so in an annotation.
kube-proxy and DNS read EndpointSlices and are not concerned, but older ingress controllers and own tools may
still read Endpoints.

How to fix:
Move what reads Endpoints to EndpointSlices.

Look yourself:
kubectl get endpoints NAME -o jsonpath='{.metadata.annotations}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#over-capacity-endpoints
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.endpoints import OVER_CAPACITY
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceEndpoints
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("EPS120", "eps-slice-limit-truncated")
def endpoints_truncated(service: Service, pods: SelectedPods, endpoints: ServiceEndpoints) -> Problem | None:
    for entry in endpoints:
        if entry.metadata.annotations.get(OVER_CAPACITY) == "truncated":
            return Problem(
                object=entry, severity=Severity.INFO,
                summary=f"the old Endpoints object of {service.name} is cut at 1000 addresses; what reads it instead of EndpointSlices "
                        "misses the others",
                fix=Fix("move its readers to EndpointSlices", (
                    f"kubectl -n {service.namespace} get endpointslices -l kubernetes.io/service-name={service.name}",
                )),
            )
    return None
