"""A headless Service has fields that kube-proxy applies to cluster IPs only.

Why it breaks:
kube-proxy skips headless Services: clients connect to the Pods that DNS names. Session affinity, external IPs, a load balancer's
address and traffic distribution are applied by kube-proxy, so on a headless Service nothing applies them.

How to fix:
Remove the fields; or, if they are needed, create a second Service with a cluster IP for these clients (clusterIP cannot be changed in place).

Look yourself:
kubectl get service NAME -o yaml

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
"""

from __future__ import annotations

from typing import Any

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC116", "svc-headless-ineffective-fields")
def headless_fields_without_effect(service: Service) -> Problem | None:
    spec = service.spec
    idle: dict[str, Any] = {
        "sessionAffinity": spec.session_affinity != "None" and "None", "externalIPs": spec.external_ips and None,
        "loadBalancerIP": spec.load_balancer_ip and None, "trafficDistribution": spec.traffic_distribution and None,
    }
    set_fields = {name: value for name, value in idle.items() if value not in (False, "", ())}
    if not service.headless or not set_fields:
        return None
    body = {**set_fields, **({"sessionAffinityConfig": None} if "sessionAffinity" in set_fields else {})}
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", next(iter(set_fields))),
        summary=f"{', '.join(set_fields)} of the headless Service {service.name} {'has' if len(set_fields) == 1 else 'have'} no effect",
        evidence=("kube-proxy skips headless Services",), fix=patching(f"remove {', '.join(set_fields)}", service, {"spec": body}),
    )
