"""EndpointSlices of a Service with a ClusterIP still carry the label of a headless Service.

Why it breaks:
kube-proxy does not even watch slices with the label service.kubernetes.io/headless. The endpoint slice
controller sets it for headless Services and does not take it away from existing slices when the Service gets
a ClusterIP; in a hand-made slice it was copied along.

How to fix:
Remove the label from the slices.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME --show-labels

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kube-proxy/app/server.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.slices.controllers import families
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import HEADLESS
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS122", "eps-other-headless-label")
def headless_label(service: Service, slices: ServiceSlices) -> Problem | None:
    filled = [part for part in slices if part.endpoints and part.address_type in families(service)]
    marked = [part for part in filled if HEADLESS in part.labels]
    if service.external or service.spec.cluster_ip in ("", "None") or not marked:
        return None
    part = marked[0]
    command = kubectl("label", *marked, f"{HEADLESS}-", namespace=service.namespace)
    fix = patching("remove the label", part, {"metadata": {"labels": {HEADLESS: None}}}, command)
    return Problem(
        object=part, severity=Severity.ERROR, partial=len(marked) < len(filled), field=("metadata", "labels", HEADLESS),
        summary=f"label {HEADLESS} hides EndpointSlice {part.name} from kube-proxy",
        evidence=(f"Service {service.name} has the ClusterIP {service.spec.cluster_ip}",
                  f"{len(marked)} of {len(filled)} slices with endpoints have the label"),
        fix=fix if len(marked) == 1 else Fix(fix.summary, fix.commands),
    )
