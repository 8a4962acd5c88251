"""A headless Service has another port than targetPort, and nothing translates between them.

Why it breaks:
Clients of a headless Service get Pod addresses from DNS and connect to them directly. There is no kube-proxy in between that could turn the
Service's port into the targetPort, so connections to the Service's port number arrive at that number of the Pod.

How to fix:
Let clients use the targetPort's number, or ask for the SRV record, which has it. In a new Service, make port equal to targetPort; in one that is in
use, look for Ingresses and Routes that name its port first.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.clusterIP} {.spec.ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC117", "svc-headless-port-ignored")
def headless_port_not_translated(service: Service, pods: SelectedPods) -> Iterator[Problem]:
    for port in service.spec.ports if service.headless else ():
        numbers = {target_number(port, pod) for pod in pods} - {None, port.port}
        if numbers:
            number = min(number for number in numbers if number is not None)
            yield Problem(
                object=service, port=port.label, severity=Severity.INFO, field=("spec", "ports"),
                summary=f"headless Service {service.name} does not translate port {port.port} to its targetPort {number}",
                evidence=("clients connect to the Pods' addresses, which DNS gives them",),
                fix=Fix(f"let clients use port {number}; see which ports the endpoints have", (
                    kubectl("get", "endpointslices", "-l", selector({SERVICE_NAME: service.name}), namespace=service.namespace),)),
            )
