"""The Service port has another protocol than the container port that it leads to.

Why it breaks:
A Service port that says nothing is TCP. A process that speaks UDP (DNS, syslog, QUIC, game servers) gets no packets through it, and the
other way round. The numbers fit, so the endpoints look ready.

How to fix:
Give the Service port the protocol of the container port. To serve both protocols, list the port twice, once for each.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl get pods -l SELECTOR -o jsonpath='{.items[0].spec.containers[*].ports}'

Reference:
https://kubernetes.io/docs/reference/networking/service-protocols/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.controllers import counts
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Pod


@defect("SVC113", "svc-port-protocol-mismatch")
def protocol_differs(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    living = [pod for pod in pods if counts(service, pod)]
    for place, port in enumerate(service.spec.ports):
        spoken = [declared_for(port, pod) for pod in living]
        others = set().union(*spoken)
        # Every Pod has to declare the number, and none by the Service's protocol: what is not declared proves nothing.
        if living and all(spoken) and port.protocol not in others:
            present = sorted(others)[0]
            yield Problem(
                object=service, port=port.label, severity=Severity.ERROR, partial=len(service.spec.ports) > 1, field=("spec", "ports"),
                summary=f"port {port.label} leads to port {port.target} by {port.protocol}, which all selected Pods declare as {present} only",
                evidence=(f"Pod {living[0].name} declares {port.target}/{present}",),
                fix=patching(f"let the Service port speak {present}", service,
                             [{"op": "replace", "path": f"/spec/ports/{place}/protocol", "value": present}]),
            )


def declared_for(port: ServicePort, pod: Pod) -> set[str]:
    """The protocols under which the Pod declares the number that the Service port leads to."""
    containers = pod.spec.serving_containers
    return {declared.protocol for container in containers for declared in container.ports if declared.container_port == port.target}
