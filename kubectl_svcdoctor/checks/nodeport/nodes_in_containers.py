"""The nodes are containers or virtual machines of a developer's machine, and their addresses are not reached from there.

Why it breaks:
kind, minikube and Docker Desktop run nodes inside of Docker or of a virtual machine. On Linux their addresses are usually reached, on macOS and Windows they
are not, so that a node port is open and nobody outside gets to it.

How to fix:
Forward a port with kubectl, or map the node port when the cluster is created (kind: extraPortMappings; minikube: minikube service --url).

Look yourself:
kubectl get nodes -o wide

Reference:
https://kind.sigs.k8s.io/docs/user/configuration/#extra-port-mappings
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.views import LocalView
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Nodes
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

_FREE = 8080


@symptom("NOD212", "nport-vm-driver")
def nodes_in_containers(service: Service, nodes: Nodes, view: LocalView) -> Problem | None:
    maker = next(filter(None, map(_maker, nodes)), "")
    port = next((attempt.door.port for attempt in view.attempts if attempt.door.serves), None)
    if not maker or port is None or view.answered or not all(attempt.silent for attempt in view.attempts):
        return None
    return Problem(
        object=service, severity=Severity.INFO, partial=True,
        summary=f"no node port answers this machine; the nodes are made by {maker}, whose addresses are often reached on the machine alone on which it runs, "
                "and on macOS and Windows not there either",
        fix=Fix(f"forward a port to the Service, and call localhost:{_FREE}",
                (kubectl("port-forward", service, f"{_FREE}:{port.port}", namespace=service.namespace),)),
    )


def _maker(node: Node) -> str:
    """Which program for developers has made the node; empty for any other."""
    if node.spec.provider_id.startswith("kind://"):
        return "kind"
    if "minikube.k8s.io/name" in node.labels:
        return "minikube"
    if node.spec.provider_id.startswith("k3s://k3d-") or node.name.startswith("k3d-"):
        return "k3d"
    return "Docker Desktop" if node.name == "docker-desktop" else ""
