"""The headless Service has no ports.

Why it breaks:
Names of a headless Service need no ports, so this is allowed. But there are no SRV records then, and meshes, gateways and some network
plugins pass over a Service without ports.

How to fix:
Add the ports that clients use, if any of those is to work.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("HLS118", "hl-externaldns-ports")
def headless_without_ports(service: Service) -> Problem | None:
    if not service.headless or service.spec.ports or not service.selector:
        return None
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "ports"),
        summary=f"the headless Service {service.name} has no ports, so there are no SRV records, and meshes and gateways pass over it",
        fix=Fix("add the ports, if SRV records, a mesh or a gateway need them", (f"kubectl -n {service.namespace} edit service {service.name}",)),
    )
