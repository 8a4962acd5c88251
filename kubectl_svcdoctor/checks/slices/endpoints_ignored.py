"""A hand-made Endpoints object is not mirrored, because it says so itself.

Why it breaks:
kube-proxy reads EndpointSlices only. The mirroring controller copies Endpoints of Services without selector
into slices, except those with the label endpointslice.kubernetes.io/skip-mirror=true or the annotation of a
leader election, which is left from another use of the object.

How to fix:
Remove the label or annotation; better, write an EndpointSlice with the label kubernetes.io/service-name and
delete the Endpoints object.

Look yourself:
kubectl get endpoints NAME -o yaml
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#mirroring
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.leftovers import listed, refused
from kubectl_svcdoctor.model.endpoints import LEADER, SKIP_MIRROR
from kubectl_svcdoctor.model.evidence import ServiceEndpoints, ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("EPS109", "eps-manual-endpoints-ignored")
def endpoints_ignored(service: Service, endpoints: ServiceEndpoints, slices: ServiceSlices) -> Problem | None:
    """The API server's own Endpoints carry the label too, beside a slice that it writes itself."""
    if service.selector or any(part.endpoints for part in slices):
        return None
    for entry in endpoints:
        reason = refused(entry)
        if reason and listed(entry):
            key, verb = (SKIP_MIRROR, "label") if reason.startswith("label") else (LEADER, "annotate")
            return Problem(
                object=entry, severity=Severity.ERROR,
                summary=f"Endpoints {entry.name} with {listed(entry)} addresses is not mirrored into an EndpointSlice because of its {reason}",
                fix=Fix("let the controller mirror it", (f"kubectl -n {entry.namespace} {verb} endpoints {entry.name} {key}-",)),
            )
    return None
