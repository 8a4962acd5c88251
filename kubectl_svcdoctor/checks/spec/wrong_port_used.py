"""The client uses a port that the Service does not have.

Why it breaks:
A Service forwards connections on the ports of spec.ports alone. Its targetPort, the container's port or a NodePort mean nothing at its
ClusterIP: such connections are refused or time out.

How to fix:
Let the client use the Service's port, or add the port to the Service.

Look yourself:
kubectl get service NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.subject import NodeAddressSubject, Subject


@defect("SVC114", "svc-wrong-port-used")
def wrong_port_used(subject: Subject, service: Service) -> Problem | None:
    if isinstance(subject, NodeAddressSubject):
        return None  # a node has ports of its own
    ports = service.spec.ports
    if not subject.port or service.external or not ports or subject.port in {port.port for port in ports}:
        return None
    if service.headless and subject.port in {port.target for port in ports}:
        return None  # clients of a headless Service connect to the Pods themselves
    inside = next((port for port in ports if port.target == subject.port), None)
    right = inside or ports[0]
    host = subject.name.rstrip(".")
    return Problem(
        object=service, severity=Severity.ERROR,
        summary=f"Service {service.name} has no port {subject.port}; it has {', '.join(port.label for port in ports)}",
        evidence=(*((f"{subject.port} is the targetPort behind {inside.label}",) if inside else ()), *_at_address(subject, service)),
        fix=Fix(f"let the client use port {right.port}" if inside or len(ports) == 1 else "let the client use one of these ports",
                (diagnosis(f"{host}:{right.port}", namespace=subject.namespace),)),
    )


def _at_address(subject: Subject, service: Service) -> tuple[str, ...]:
    """What becomes of such a connection (pkg/proxy: iptables lets it pass to nowhere, nftables rejects it, with ipvs the node itself answers)."""
    if service.headless or not service.spec.cluster_ip:
        return ()
    return (f"kube-proxy forwards nothing on {at(service.spec.cluster_ip, subject.port)}: such connections get no answer in its mode iptables, and are refused "
            "in nftables and ipvs",)
