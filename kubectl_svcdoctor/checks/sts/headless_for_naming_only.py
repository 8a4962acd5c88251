"""The headless Service has no selector and no EndpointSlice, so its name has no address.

Why it breaks:
Without a selector the endpoint controllers leave the Service alone, and nobody else writes slices for it. Some programs want just such a
Service, as a name to hold on to; for all others its name does not resolve.

How to fix:
Give it the labels of its Pods as selector, or write the slices, unless it is only a name.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#without-selectors
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed, NamespaceSets
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import LEADER
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("HLS116", "hl-selector-removed")
def headless_for_naming_only(service: Service, slices: ServiceSlices, sets: NamespaceSets, governed: Governed | None = None) -> Problem | None:
    kept = LEADER in service.metadata.annotations or service.metadata.owner_references or service.name.endswith("-config")
    if not service.headless or service.selector or slices or governed or kept:
        return None
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "selector"),
        summary=f"the headless Service {service.name} has no selector and no EndpointSlice, so its name has no address",
        fix=Fix("give it a selector, unless it is only a name", (
            kubectl("get", service, "-o", "yaml", namespace=service.namespace), kubectl("get", "pods", "--show-labels", namespace=service.namespace))),
    )
