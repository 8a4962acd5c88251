"""A Service of meshed Pods has a port whose protocol the mesh cannot tell from its name.

Why it breaks:
Istio chooses how to treat a port by appProtocol or by the prefix of its name (http, http2, grpc, tls, tcp, mongo, ...). With neither, the
sidecars fall back to guessing from the first bytes, or to plain TCP: routing, retries and metrics by request then silently do not apply.

How to fix:
Set appProtocol on the Service port, or give it a name that starts with its protocol.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service

PREFIXES = ("http", "http2", "https", "grpc", "grpc-web", "tls", "tcp", "udp", "mongo", "mysql", "redis")
SIDECAR = "istio-proxy"


@defect("SVC122", "svc-app-expects-mesh-naming")
def mesh_port_unnamed(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    meshed = [pod for pod in pods if any(container.name == SIDECAR for container in pod.spec.serving_containers)]
    for place, port in enumerate(service.spec.ports if meshed else ()):
        if port.protocol == "TCP" and port.name and not port.app_protocol and port.name.partition("-")[0] not in PREFIXES:
            yield Problem(
                object=service, port=port.label, severity=Severity.INFO, field=("spec", "ports"),
                summary=f'port name "{port.name}" tells the mesh no protocol, and there is no appProtocol, so sidecars have to guess',
                evidence=(f"{len(meshed)} of the {len(pods)} selected Pods have the sidecar {SIDECAR}",),
                fix=patching("say which protocol the port speaks (http here as an example)", service,
                             [{"op": "add", "path": f"/spec/ports/{place}/appProtocol", "value": "http"}]),
            )
