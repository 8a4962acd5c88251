"""The Service has endpoints, and none of them is ready.

Why it breaks:
Proxies and DNS give clients ready endpoints only. While every endpoint has the condition ready=false,
connections to the Service are refused as if it had none. An absent condition counts as ready.

How to fix:
Follow the endpoints to their Pods: the Pods' readiness is what is missing. In a hand-made slice, set the
condition to true.

Look yourself:
kubectl describe endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.controllers import families
from kubectl_svcdoctor.graph.slices import SliceDrift
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("EPS115", "eps-all-notready")
def all_not_ready(service: Service, slices: ServiceSlices, drift: SliceDrift | None = None) -> Problem | None:
    """Slices that merely lag behind ready Pods are another finding, as are terminating endpoints that still serve."""
    wanted = families(service)
    endpoints = [entry for part in slices if part.address_type in wanted for entry in part.endpoints or ()]
    usable = any(entry.ready or (entry.serving and entry.terminating) for entry in endpoints)
    if service.external or not endpoints or usable or drift:
        return None
    refs = [entry.target_ref.name for entry in endpoints if entry.target_ref and entry.target_ref.kind == "Pod"]
    look = f"describe pod {refs[0]}" if refs else f"get endpointslices -l kubernetes.io/service-name={service.name} -o yaml"
    number = "its only endpoint" if len(endpoints) == 1 else f"none of its {len(endpoints)} endpoints"
    return Problem(
        object=service, severity=Severity.ERROR,
        summary=f"Service {service.name} has no ready endpoint: {number} is {'not ' if len(endpoints) == 1 else ''}ready",
        evidence=tuple(f"{entry.address} is not ready" for entry in endpoints[:3]),
        fix=Fix("find out why the endpoints are not ready", (f"kubectl -n {service.namespace} {look}",)),
    )
