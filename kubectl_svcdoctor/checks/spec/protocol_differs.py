"""The Service port has another protocol than the container port that it targets.

Why it breaks:
A Service port without a protocol is TCP. A process that speaks UDP (DNS, syslog, QUIC, game servers) gets no packets through it, and the
other way round. The numbers fit, so the endpoints look ready. What a container declares is information only: a port may serve a protocol that it
does not declare, so a TCP port is tried before it counts as wrong.

How to fix:
Give the Service port the protocol that the process speaks. To serve both protocols, list the port twice, once for each.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl get pods -l SELECTOR -o jsonpath='{.items[0].spec.containers[*].ports}'

Reference:
https://kubernetes.io/docs/reference/networking/service-protocols/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.ports.ports import PORTS
from kubectl_svcdoctor.graph.slices.controllers import counts
from kubectl_svcdoctor.graph.spec.port_use import changing, spoken, taken
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Pod


@defect("SVC113", "svc-port-protocol-mismatch")
def protocol_differs(service: Service, pods: SelectedPods, listeners: Listeners | None = None) -> Iterator[Problem]:
    living = [pod for pod in pods if counts(service, pod)]
    for place, port in enumerate(service.spec.ports):
        declared = [declared_for(port, pod) for pod in living]
        others = set().union(*declared)
        # Every Pod has to declare the number, and none with the Service's protocol; one that another port of the Service uses rightly proves nothing.
        if not living or not all(declared) or port.protocol in others:
            continue
        if served(service, place, others):
            if port.protocol == "UDP" and not quic(service, place):
                yield _twin(service, port, living[0])
            continue
        tried = [entry.address for entry in listeners or () if entry.port == port.target and port.protocol == "TCP"]
        if any(tried):
            continue
        # Plain HTTP is never UDP; other protocols may be served without being declared.
        told = port.protocol == "UDP" and spoken(port.name, port.port, port.app_protocol) == "http"
        proven = told or (bool(tried) and None not in tried)
        present = sorted(others)[0]
        yield Problem(
            object=service, port=port.label, severity=Severity.ERROR if proven else Severity.WARNING, field=("spec", "ports"),
            summary=f"port {port.label} targets port {port.target} over {port.protocol}, which all Pods declare as {present} only",
            evidence=(f"Pod {living[0].name} declares {port.target}/{present}",
                      "connections over TCP are refused" if tried else f"whether a process receives {port.protocol} there was not checked"),
            fix=_fix(service, place, present, proven),
        )


def _twin(service: Service, port: ServicePort, pod: Pod) -> Problem:
    """No connection shows whether UDP is served, and what is served need not be declared: a remark, and no accusation."""
    return Problem(
        object=service, port=port.label, severity=Severity.INFO, field=("spec", "ports"),
        summary=f"no Pod declares port {port.target} over UDP, which port {port.label} targets; all declare it over TCP, as its twin uses it",
        evidence=(f"Pod {pod.name} declares {port.target}/TCP alone", "whether a process receives UDP there was not checked"),
        fix=Fix(f"send a request over UDP with a client of the application; if it is answered, declare port {port.target}/UDP in the container, "
                f"else start what should answer there, or remove port {port.label}",
                (kubectl("get", "pods", "-l", selector(service.selector), "-o", PORTS, namespace=service.namespace),)),
    )


def quic(service: Service, place: int) -> bool:
    """Whether it is HTTP/3 beside HTTPS, which the same containerPort serves and hardly anybody declares."""
    port = service.spec.ports[place]
    twins = [other for other in service.spec.ports if other.target == port.target and other.protocol == "TCP"]
    named = {"quic", "h3", "http3"} & {*port.name.lower().split("-"), port.app_protocol.lower()}
    return bool(named) or any(other.port in (443, 8443) or spoken(other.name, other.port, other.app_protocol) == "https" for other in twins)


def served(service: Service, place: int, protocols: set[str]) -> bool:
    """Whether another port of the Service targets the same number with a protocol that the Pods declare: this one may be its undeclared twin."""
    target = service.spec.ports[place].target
    return any(other.target == target and other.protocol in protocols for index, other in enumerate(service.spec.ports) if index != place)


def _fix(service: Service, place: int, present: str, proven: bool) -> Fix:
    port = service.spec.ports[place]
    look = kubectl("get", "pods", "-l", selector(service.selector), "-o", PORTS, namespace=service.namespace)
    if not proven:  # what is not declared may be served all the same, and another protocol would end that
        return Fix(f"if the process behind it speaks {present}, set the protocol of port {port.label} to {present}; "
                   f"if it speaks {port.protocol}, declare port {port.target}/{port.protocol} in the container", (look,))
    if taken(service, place, present):
        return Fix(f"give port {port.label} the targetPort that serves it; {port.port}/{present} exists already", (look,))
    return patching(f"set the Service port's protocol to {present}", service, changing(place, port, protocol=present))


def declared_for(port: ServicePort, pod: Pod) -> set[str]:
    """The protocols under which the Pod declares the number that the Service port targets."""
    containers = pod.spec.serving_containers
    return {declared.protocol for container in containers for declared in container.ports if declared.container_port == port.target}
