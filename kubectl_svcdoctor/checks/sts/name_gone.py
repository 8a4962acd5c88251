"""No Pod behind the headless Service is ready, so its name does not exist.

Why it breaks:
The name of a headless Service is the list of its ready endpoints. With none the answer is NXDOMAIN, which clients report as an unknown host:
it looks like a misspelt name, and not like Pods that are not ready.

How to fix:
Make the Pods ready; what keeps them from it is the cause. Peers that have to find each other before they are ready need
publishNotReadyAddresses: true.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://github.com/kubernetes/dns/blob/master/docs/specification.md#24---records-for-a-headless-service
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("HLS107", "hl-no-ready-nxdomain")
def name_gone(service: Service, slices: ServiceSlices) -> Problem | None:
    endpoints = [endpoint for part in slices for endpoint in part.endpoints or ()]
    if not service.headless or not endpoints or any(endpoint.ready for endpoint in endpoints):
        return None
    return Problem(
        object=service, severity=Severity.ERROR,
        summary=f"the name {service.name}.{service.namespace} does not exist (NXDOMAIN) while no endpoint of the headless Service is ready",
        fix=Fix("find out why no endpoint is ready", (
            kubectl("get", "endpointslices", "-l", f"{SERVICE_NAME}={service.name}", "-o", "wide", namespace=service.namespace),)),
    )
