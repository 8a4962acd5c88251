"""The externalName is an IP address, which no DNS server resolves.

Why it breaks:
An ExternalName Service is a CNAME record, and a CNAME leads to a name. Clients get the "name" 192.0.2.7, look it up, and find nothing: there is no
top-level domain of that number.

How to fix:
Use a DNS name. To give an address outside of the cluster a name inside, make a Service without selector and an EndpointSlice with that address.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalName}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#externalname
"""

from __future__ import annotations

import json

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.controllers import family_of
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC102", "svc-externalname-ip")
def external_name_is_address(service: Service) -> Problem | None:
    address = service.spec.external_name.rstrip(".")
    if not service.external or not family_of(address):
        return None
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName {address} is an IP address, but it is served as a CNAME, which needs a name",
        fix=Fix("use a name, or turn it into a Service without selector and an EndpointSlice of that address (with the ports that clients use)",
                commands(service, address)),
    )


def commands(service: Service, address: str) -> tuple[str, ...]:
    """The change of type, and the slice that goes with it; port 80 stands for whatever the Service has declared."""
    ports = [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in service.spec.ports] or [{"name": "", "port": 80}]
    patch = {"spec": {"type": "ClusterIP", "externalName": None, "ports": ports}}
    part = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": family_of(address), "ports": ports,
        "metadata": {"name": f"{service.name}-1", "labels": {SERVICE_NAME: service.name}}, "endpoints": [{"addresses": [address]}],
    }
    return (
        f"kubectl -n {service.namespace} patch service/{service.name} --type=merge -p '{json.dumps(patch)}'",
        f"echo '{json.dumps(part)}' | kubectl -n {service.namespace} apply -f -",
    )
