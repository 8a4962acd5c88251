"""The headless Service has no ports.

Why it breaks:
Names of a headless Service need no ports, so this is allowed. But there are no SRV records then, and meshes, gateways and some network
plugins pass over a Service without ports.

How to fix:
Add the ports that clients use, if any of those is to work.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("HLS118", "hl-externaldns-ports")
def headless_without_ports(service: Service, pods: SelectedPods | None = None) -> Problem | None:
    if not service.headless or service.spec.ports or not service.selector:
        return None
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "ports"),
        summary=f"the headless Service {service.name} has no ports, so there are no SRV records, and meshes and gateways skip it",
        fix=_fix(service, pods or SelectedPods()),
    )


def _fix(service: Service, pods: SelectedPods) -> Fix:
    summary = "add the ports, if SRV records, a mesh or a gateway need them"
    declared = {(port.container_port, port.protocol): port.name for pod in pods for entry in pod.spec.serving_containers for port in entry.ports}
    if not declared:
        return Fix(summary, (kubectl("get", service, "-o", "yaml", namespace=service.namespace),))
    ports = [{"name": name or f"port-{number}-{protocol.lower()}", "port": number, "protocol": protocol, "targetPort": number}
             for (number, protocol), name in sorted(declared.items())]
    names = [port["name"] for port in ports]
    if len(set(names)) < len(names):
        ports = [{**port, "name": f"port-{port['port']}-{str(port['protocol']).lower()}"} for port in ports]
    return patching(f"{summary}: those that its Pods declare", service, {"spec": {"ports": ports}})
