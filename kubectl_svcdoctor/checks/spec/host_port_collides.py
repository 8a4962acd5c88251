"""A Pod has the number of the Service's nodePort as hostPort.

Why it breaks:
Both use the same port of a node. On the node where such a Pod runs, connections to the node port reach either the Pod's hostPort or the
Service, depending on which rule comes first. Where the hostPort belongs to another container port, clients of that node reach the wrong process; where
it is the same one, only load balancing is lost.

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
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.controllers import canonical, target_number
from kubectl_svcdoctor.graph.spec.port_use import changing
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import ContainerPort, Pod

LAST = 32767
"""The highest node port, unless --service-node-port-range says otherwise."""


@defect("SVC112", "svc-duplicate-nodeport-hostport")
def host_port_collides(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    for place, port in enumerate(service.spec.ports):
        holders = [(pod, declared) for pod in pods if port.node_port and not pod.finished for declared in held(pod, port)]
        if not holders:
            continue
        other = [(pod, declared) for pod, declared in holders if declared.container_port != target_number(port, pod)]
        pod, declared = (other or holders)[0]
        nodes = names(sorted({pod.spec.node_name for pod, _ in holders if pod.spec.node_name})) or "no node yet"
        yield Problem(
            object=service, port=port.label, severity=Severity.ERROR if other else Severity.INFO, partial=True, field=("spec", "ports"),
            summary=f"nodePort {port.node_port} is also the hostPort of port {declared.container_port} of Pod {pod.name}",
            evidence=(f"on {nodes} the Pod's rule and the Service's rule compete for it",
                      *(() if other else ("both lead to the same port of the Pod, so no client reaches another process",))),
            fix=_fix(service, place, pods),
        )


def _fix(service: Service, place: int, pods: SelectedPods) -> Fix:
    """A nodePort that is only taken away comes back: the API server keeps what it has allocated (patchAllocatedValues)."""
    port = service.spec.ports[place]
    used = {entry.node_port for entry in service.spec.ports} | {
        declared.host_port for pod in pods for container in pod.spec.serving_containers for declared in container.ports}
    number = next(number for number in range(port.node_port + 1, port.node_port + 1000) if number not in used)
    if number > LAST:
        number = next(number for number in range(port.node_port, 0, -1) if number not in used)
    return patching(f"remove the hostPort from the Pods' template if nothing needs it; or use nodePort {number}, also in clients", service,
                    changing(place, port, nodePort=number))


def held(pod: Pod, port: ServicePort) -> list[ContainerPort]:
    """The container ports that have the Service port's node port as hostPort, on every address of the node and with the same protocol."""
    return [
        declared for container in pod.spec.serving_containers for declared in container.ports
        if declared.host_port == port.node_port and declared.protocol == port.protocol and canonical(declared.host_ip) in ("", "0.0.0.0", "::")
    ]
