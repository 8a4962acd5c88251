"""The named targetPort exists, but with another protocol.

Why it breaks:
A named targetPort matches a container port only if name and protocol are both equal. A UDP Service port does
not find a container port that was declared without a protocol, for that means TCP. The endpoint slice
controller then leaves the port out, and the endpoints look ready without a port.

How to fix:
Give the container port the protocol of the Service port (a port may be declared twice, once for each
protocol, under two names), or correct the Service port's protocol.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl get pods -l SELECTOR -o jsonpath='{.items[0].spec.containers[*].ports}'

Reference:
k8s.io/endpointslice, utils.go, FindPort
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.ports.ports import PORTS, NamedTarget, NamedTargets
from kubectl_svcdoctor.graph.slices.controllers import declared_port
from kubectl_svcdoctor.graph.spec.port_use import changing, taken
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC302", "port-named-protocol")
def named_port_protocol(service: Service, targets: NamedTargets) -> Iterator[Problem]:
    for target in targets:
        if target.otherwise:
            yield _problem(service, target)


def _problem(service: Service, target: NamedTarget) -> Problem:
    pod = target.otherwise[0]
    declared = declared_port(pod.spec.serving_containers, target.name, None)
    assert declared is not None
    wanted, present = target.port.protocol, declared.protocol
    return Problem(
        object=service, port=target.port.label, severity=Severity.ERROR, partial=bool(target.having),
        field=("spec", "ports"),
        summary=f'port {target.port.label} targets "{target.name}" over {wanted}, which the Pods declare as {present}',
        evidence=(f"{pod.name} declares {target.name}={declared.container_port}/{present}",
                  "name and protocol must both match, or the EndpointSlice is written without the port"),
        fix=_fix(service, target, present),
    )


def _fix(service: Service, target: NamedTarget, present: str) -> Fix:
    """Nothing that some Pods serve is taken from them, and a number exists only once for each protocol."""
    if target.having or taken(service, target.place, present):
        look = kubectl("get", "pods", "-l", selector(service.selector), "-o", PORTS, namespace=service.namespace)
        return Fix(f'declare "{target.name}" for {target.port.protocol} in the Pods\' template, or target another port', (look,))
    return patching(f"set the Service port's protocol to {present}, if the process speaks it", service,
                    changing(target.place, target.port, protocol=present))
