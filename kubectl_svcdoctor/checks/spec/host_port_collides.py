"""A Pod holds, as hostPort, the same number that the Service has as nodePort.

Why it breaks:
Both want the same port of a node. On the node where such a Pod runs, connections to the node port reach either the Pod's hostPort or the
Service, depending on which rule comes first, so clients of that node meet the wrong application.

How to fix:
Give the Service another nodePort, or the Pod another hostPort; most Pods need no hostPort at all.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports[*].nodePort}'
kubectl get pods -A -o jsonpath='{range .items[*]}{.metadata.name} {.spec.containers[*].ports[*].hostPort}{"\\n"}{end}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#nodeport-custom-port
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Pod


@defect("SVC112", "svc-duplicate-nodeport-hostport")
def host_port_collides(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    for place, port in enumerate(service.spec.ports):
        holders = [pod for pod in pods if port.node_port and not pod.finished and holds(pod, port)]
        if holders:
            nodes = ", ".join(sorted({pod.spec.node_name for pod in holders if pod.spec.node_name})) or "no node yet"
            yield Problem(
                object=service, port=port.label, severity=Severity.ERROR, partial=True, field=("spec", "ports"),
                summary=f"nodePort {port.node_port} is also the hostPort of Pod {holders[0].name}, so two rules compete for it on {nodes}",
                evidence=(f"{len(holders)} of the selected Pods hold it as hostPort",),
                fix=patching("let the API server choose another nodePort", service,
                             [{"op": "remove", "path": f"/spec/ports/{place}/nodePort"}]),
            )


def holds(pod: Pod, port: ServicePort) -> bool:
    """Whether a container of the Pod takes the Service port's node port on every address of its node, by the same protocol."""
    return any(
        declared.host_port == port.node_port and declared.protocol == port.protocol and declared.host_ip in ("", "0.0.0.0", "::")
        for container in pod.spec.serving_containers for declared in container.ports
    )
