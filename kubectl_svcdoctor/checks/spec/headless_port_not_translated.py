"""A headless Service has another port than targetPort, and nobody translates between them.

Why it breaks:
Clients of a headless Service get Pod addresses from DNS and connect to them directly. There is no kube-proxy in between that could turn the
Service's port into the targetPort, so who uses the Service's port is refused by the Pods.

How to fix:
Make port equal to targetPort, so that the Service says what clients must use; or let clients ask for the SRV record, which has the target's
number.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.clusterIP} {.spec.ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC117", "svc-headless-port-ignored")
def headless_port_not_translated(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    for place, port in enumerate(service.spec.ports if service.headless else ()):
        numbers = {target_number(port, pod) for pod in pods} - {None, port.port}
        if numbers:
            number = min(number for number in numbers if number is not None)
            yield Problem(
                object=service, port=port.label, severity=Severity.INFO, field=("spec", "ports"),
                summary=f"clients of the headless Service {service.name} must use port {number}: port {port.port} is not translated",
                fix=patching(f"call the port {number}, as clients must", service,
                             [{"op": "replace", "path": f"/spec/ports/{place}/port", "value": number}]),
            )
