"""The load balancer gave another address than spec.loadBalancerIP asks for.

Why it breaks:
spec.loadBalancerIP is deprecated, and implementations are free to ignore it; many do. Connections to the requested address do not reach the Service,
which has another address in its status.

How to fix:
Use the annotation of your implementation (metallb.io/loadBalancerIPs for MetalLB), or let clients use the address in the status.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.loadBalancerIP} {.status.loadBalancer.ingress}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer (field spec.loadBalancerIP)
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC110", "svc-loadbalancerip-ignored")
def load_balancer_ip_ignored(service: Service) -> Problem | None:
    wanted = service.spec.load_balancer_ip
    given = [entry.ip for entry in service.status.load_balancer.ingress if entry.ip]
    if service.spec.type != "LoadBalancer" or not wanted or not given or canonical(wanted) in map(canonical, given):
        return None
    return Problem(
        object=service, severity=Severity.WARNING, partial=True, field=("spec", "loadBalancerIP"),
        summary=f"spec.loadBalancerIP asks for {wanted}, but the load balancer gave {', '.join(given)}",
        evidence=(f"connections to {wanted} do not reach this Service",),
        fix=patching(f"remove loadBalancerIP, and let clients use {', '.join(given)}", service, [
            {"op": "test", "path": "/spec/loadBalancerIP", "value": wanted}, {"op": "remove", "path": "/spec/loadBalancerIP"}]),
    )
