"""A hand-made EndpointSlice does not carry the label that ties it to the Service.

Why it breaks:
A slice belongs to the Service that its label kubernetes.io/service-name names; its own name means nothing.
Without the label, or with another Service's name in it, kube-proxy never looks at the slice and the Service
has no endpoint.

How to fix:
Set the label to the Service's name. Where it names another Service that uses the slice, write a slice of its own for this one.

Look yourself:
kubectl get endpointslices -L kubernetes.io/service-name

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership
"""

from __future__ import annotations

import msgspec

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import MIRRORING_CONTROLLER, SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.evidence import NamespaceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS105", "eps-manual-label-missing")
def label_missing(service: Service, slices: NamespaceSlices) -> Problem | None:
    meant = [part for part in slices if _meant_for(service.name, part)]
    if not meant:
        return None
    part = meant[0]
    named = f"names Service {part.service_name}" if part.service_name else "does not say to which Service it belongs"
    return Problem(
        object=part, severity=Severity.ERROR, field=("metadata", "labels", SERVICE_NAME),
        summary=f"Service {service.name} has no EndpointSlice; the slice {part.name} {named}",
        evidence=(f"it lists {names([endpoint.address for endpoint in part.endpoints or ()])}",
                  *(f"slice {other.name} has the same fault" for other in meant[1:3])),
        fix=_fix(service, part),
    )


def _fix(service: Service, part: EndpointSlice) -> Fix:
    """A label that is missing is added. One that names another Service stays, since that may use the slice: this Service gets a copy."""
    if not part.service_name:
        return patching(f"label the slice with {SERVICE_NAME}={service.name}", part, {"metadata": {"labels": {SERVICE_NAME: service.name}}},
                        kubectl("label", part, f"{SERVICE_NAME}={service.name}", namespace=part.namespace))
    copy = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": f"{part.name}-{service.name}", "labels": {SERVICE_NAME: service.name}},
        "addressType": part.address_type, "ports": msgspec.to_builtins(part.ports or ()), "endpoints": msgspec.to_builtins(part.endpoints or ()),
    }
    return Fix(f"write a copy of the slice for this Service, since {part.name} belongs to Service {part.service_name}",
               (kubectl("create", "-f", "-", namespace=part.namespace).given(copy),))


def _meant_for(name: str, part: EndpointSlice) -> bool:
    """Named after the Service, with endpoints, by no controller, and not just as fittingly another Service's."""
    fits = part.name == name or part.name.startswith(name + "-")
    by_others = part.by_controller or part.managed_by == MIRRORING_CONTROLLER
    owned = bool(part.service_name) and (part.name == part.service_name or part.name.startswith(part.service_name + "-"))
    return fits and bool(part.endpoints) and not by_others and not owned
