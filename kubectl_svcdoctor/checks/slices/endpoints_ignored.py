"""A hand-made Endpoints object is not mirrored, because it says so itself.

Why it breaks:
kube-proxy reads EndpointSlices only. The mirroring controller copies Endpoints of Services without selector
into slices, except those with the label endpointslice.kubernetes.io/skip-mirror=true or the annotation of a
leader election, for which the object may still be in use.

How to fix:
Remove the label; or write an EndpointSlice with the label kubernetes.io/service-name beside the Endpoints object.

Look yourself:
kubectl get endpoints NAME -o yaml
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#mirroring
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.controllers import family_of
from kubectl_svcdoctor.graph.slices.leftovers import listed, refused
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, SKIP_MIRROR, Endpoints
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
            return Problem(
                object=entry, severity=Severity.ERROR,
                summary=f"Endpoints {entry.name} is not mirrored because of its {reason}",
                evidence=(f"it lists {count(listed(entry), 'address')}",), fix=_fix(entry, reason),
            )
    return None


def _fix(entry: Endpoints, reason: str) -> Fix:
    """The annotation is somebody's lock: taken away, a leader may lose its place. A slice beside it takes nothing away."""
    if reason.startswith("label"):
        return Fix("let the controller mirror it", (kubectl("label", entry, f"{SKIP_MIRROR}-", namespace=entry.namespace),))
    subset = next(subset for subset in entry.subsets if subset.addresses or subset.not_ready_addresses)
    part = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": f"{entry.name}-1", "labels": {SERVICE_NAME: entry.name}},
        "addressType": family_of((*subset.addresses, *subset.not_ready_addresses)[0].ip) or "IPv4",
        "ports": [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in subset.ports],
        "endpoints": [{"addresses": [address.ip], "conditions": {"ready": ready}} for ready, addresses in (
            (True, subset.addresses), (False, subset.not_ready_addresses)) for address in addresses],
    }
    return Fix("write an EndpointSlice with the same addresses", (kubectl("create", "-f", "-", namespace=entry.namespace).given(part),))
