"""The Service has external IPs that no node owns, so packets reach a node only if somebody routes them there.

Why it breaks:
Kubernetes does nothing to bring packets for spec.externalIPs to a node: kube-proxy only forwards them once they arrive. Unless a router, or a component
of the cluster, sends packets for these addresses to a node, clients outside do not reach the Service.

How to fix:
Route the addresses to a node; or use type LoadBalancer with an implementation that announces its addresses.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalIPs}'
kubectl get nodes -o wide

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#external-ips
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Nodes
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC118", "svc-external-ips-unrouted")
def external_ips_unrouted(service: Service, nodes: Nodes) -> Problem | None:
    owned = {canonical(entry.address) for node in nodes for entry in node.status.addresses}
    strange = [address for address in service.spec.external_ips if canonical(address) not in owned]
    if not strange or service.headless:
        return None
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "externalIPs"),
        summary=f"no node has the external IP {names(strange)}; whether it is routed to a node was not checked",
        fix=Fix("route it to a node, or use type LoadBalancer with an implementation that announces its addresses",
                (kubectl("get", "nodes", "-o", "wide"),)),
    )
