"""No EndpointSlice exists, although there is something to write into one.

Why it breaks:
kube-proxy, ingress controllers and DNS know the backends of a Service from its EndpointSlices alone. The
endpoint slice controller writes them for a Service with a selector, the mirroring controller for a hand-made
Endpoints object. Without slices every connection is refused.

How to fix:
Both controllers are part of kube-controller-manager: find out why it does not run, or why it may not write to
this namespace. An admission webhook or a quota that refuses EndpointSlices has the same effect and leaves an
Event FailedToCreateEndpointSlices.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME
kubectl -n kube-system get lease kube-controller-manager -o jsonpath='{.spec.renewTime}'

Reference:
https://github.com/kubernetes/endpointslice/blob/master/reconciler.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.leftovers import Unmirrored, listed
from kubectl_svcdoctor.graph.slices.slices import SliceDrift
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("EPS101", "eps-none")
def none_written(
    service: Service, slices: ServiceSlices, drift: SliceDrift | None = None, unmirrored: Unmirrored | None = None
) -> Problem | None:
    if drift is not None and drift.absent and (unlisted := drift.missing + drift.ports):
        severity, partial = drift.harm
        return Problem(
            object=service, severity=severity, partial=partial,
            summary=f"no EndpointSlice lists the {count(len(unlisted), 'ready Pod')} that Service {service.name} selects",
            evidence=(f"ready, and in no slice: {names(unlisted)}",), fix=_look(service),
        )
    for endpoints in unmirrored or ():
        return Problem(
            object=endpoints, severity=Severity.ERROR,
            summary=f"no EndpointSlice mirrors the {count(listed(endpoints), 'address')} of Endpoints {service.name}", fix=_look(service),
        )
    return None


def _look(service: Service) -> Fix:
    return Fix("find out why the controllers write no EndpointSlice: first the Service's Events, then kube-controller-manager", (
        kubectl("get", "events", "--field-selector", f"involvedObject.uid={service.metadata.uid}", namespace=service.namespace),
        kubectl("get", "pods", "-l", "component=kube-controller-manager", "-o", "wide", namespace="kube-system"),
    ))
