"""A Service of meshed Pods has a port whose protocol the mesh cannot tell from its name.

Why it breaks:
Istio chooses how to treat a port by appProtocol or by the prefix of its name (http, http2, grpc, tls, tcp, mongo, ...). With neither, the
sidecars detect the protocol from the first bytes, or treat it as plain TCP: then routing, retries and metrics for each request do not apply.

How to fix:
Set appProtocol on the Service port to the protocol that the process speaks, or give it a name that starts with that protocol.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.ports.ports import PORTS
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.graph.spec.port_use import changing
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Container, Pod

PREFIXES = ("http", "http2", "https", "grpc", "grpc-web", "tls", "tcp", "udp", "mongo", "mysql", "redis")
SIDECAR = "istio-proxy"


@defect("SVC122", "svc-app-expects-mesh-naming")
def mesh_port_unnamed(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    meshed = [pod for pod in pods if any(container.name == SIDECAR for container in pod.spec.serving_containers)]
    for place, port in enumerate(service.spec.ports if meshed else ()):
        if port.protocol == "TCP" and port.name and not port.app_protocol and port.name.partition("-")[0] not in PREFIXES:
            yield Problem(
                object=service, port=port.label, severity=Severity.INFO, field=("spec", "ports"),
                summary=f'port name "{port.name}" names no protocol that the mesh knows, and there is no appProtocol',
                evidence=(f"{len(meshed)} of {len(pods)} selected Pods have the sidecar {SIDECAR}, which then detects the protocol from the first bytes",),
                fix=_fix(service, place, pods),
            )


def _fix(service: Service, place: int, pods: SelectedPods) -> Fix:
    """A wrong protocol would break what works; only a probe of the kubelet that speaks HTTP to this very port tells which is right."""
    port = service.spec.ports[place]
    if all(_asked_by_http(port, pod) for pod in pods):
        return patching("set appProtocol to http, which the Pods' probes speak on this port", service, changing(place, port, appProtocol="http"))
    look = kubectl("get", "pods", "-l", selector(service.selector), "-o", PORTS, namespace=service.namespace)
    return Fix("set appProtocol to the protocol that the process speaks; see which ports the Pods declare", (look,))


def _asked_by_http(port: ServicePort, pod: Pod) -> bool:
    number = target_number(port, pod)
    return any(
        probe.http_get is not None and probe.http_get.scheme == "HTTP" and number is not None
        and number == (probe.port if isinstance(probe.port, int) else _numbered(container, probe.port))
        for container in pod.spec.serving_containers for probe in (container.readiness_probe, container.liveness_probe, container.startup_probe) if probe)


def _numbered(container: Container, name: str | None) -> int | None:
    return next((entry.container_port for entry in container.ports if entry.name == name), None)
