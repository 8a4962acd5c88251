"""The load balancer gave another address than spec.loadBalancerIP asks for.

Why it breaks:
spec.loadBalancerIP is deprecated and only a wish: implementations may ignore it, and many do. Clients and DNS records that use the wished
address meet nobody, while the Service has a working address of its own.

How to fix:
Use the annotation of your implementation (metallb.io/loadBalancerIPs for MetalLB), or let clients use the address in the status.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.loadBalancerIP} {.status.loadBalancer.ingress}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer (field spec.loadBalancerIP)
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC110", "svc-loadbalancerip-ignored")
def load_balancer_ip_ignored(service: Service) -> Problem | None:
    wanted = service.spec.load_balancer_ip
    given = [entry.ip for entry in service.status.load_balancer.ingress if entry.ip]
    if service.spec.type != "LoadBalancer" or not wanted or not given or wanted in given:
        return None
    return Problem(
        object=service, severity=Severity.WARNING, partial=True, field=("spec", "loadBalancerIP"),
        summary=f"spec.loadBalancerIP asks for {wanted}, but the load balancer gave {', '.join(given)}",
        evidence=(f"who connects to {wanted} does not reach this Service",),
        fix=patching("drop the wish and use the address that was given", service, {"spec": {"loadBalancerIP": None}}),
    )
