"""A Service of type ExternalName has a selector, which has no effect.

Why it breaks:
An ExternalName Service is a CNAME and nothing else: it has no address, its selector picks no Pods, and no EndpointSlices are written. Clients that
should reach Pods get the external name instead.

How to fix:
Remove the selector if the external name is what is wanted; or change the type to ClusterIP if the Pods are.

Look yourself:
kubectl get service NAME -o yaml

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#externalname
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.command import selector
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC104", "svc-externalname-with-selector")
def external_name_with_selector(service: Service) -> Problem | None:
    if not service.external or not service.spec.selector:
        return None
    pairs = selector(dict(sorted(service.spec.selector.items())))
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "selector"),
        summary=f"selector {pairs} has no effect: the Service is a DNS alias of {service.spec.external_name}",
        fix=patching("remove the selector; or change the type to ClusterIP, if the Pods are meant", service, {"spec": {"selector": None}}),
    )
