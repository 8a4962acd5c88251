"""The externalName is an IP address, which no DNS server resolves.

Why it breaks:
An ExternalName Service is a CNAME record, and a CNAME points to a name. Clients get the "name" 192.0.2.7, look it up, and find nothing: there is no
top-level domain of that number.

How to fix:
Use a DNS name. To give an address outside of the cluster a name inside, create a Service without selector and an EndpointSlice with that address.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalName}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#externalname
"""

from __future__ import annotations

import ipaddress

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.slices.controllers import canonical, family_of
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.finding import Fix, Patch, Problem, Severity, patch_command
from kubectl_svcdoctor.model.service import Service


@defect("SVC102", "svc-externalname-ip")
def external_name_is_address(service: Service) -> Problem | None:
    address = service.spec.external_name.rstrip(".")
    if not service.external or not family_of(address):
        return None
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName {address} is an IP address; DNS serves it as a CNAME, which needs a name",
        fix=fix(service, address),
    )


def fix(service: Service, address: str) -> Fix:
    """A Service without selector and a slice with the address; a selector would take effect with the type, and some addresses no slice may have."""
    parsed = ipaddress.ip_address(canonical(address))
    if service.spec.selector or parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified or parsed.is_multicast:
        return Fix("use a DNS name as externalName, or another type of Service", (kubectl("get", service, "-o", "yaml", namespace=service.namespace),))
    assumed = "" if service.spec.ports else "; port 80 is assumed here, since the Service has no ports"
    return Fix(f"use a DNS name; or turn it into a Service without selector and an EndpointSlice with that address{assumed}", commands(service, address))


def commands(service: Service, address: str) -> tuple[Command, ...]:
    """The change of type, and the slice that goes with it."""
    ports = [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in service.spec.ports] or [
        {"name": "", "port": 80, "protocol": "TCP"}]
    patch = Patch(service.ref, "merge", {"spec": {"type": "ClusterIP", "externalName": None, "ports": ports}})
    part = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": family_of(address), "ports": ports,
        "metadata": {"name": f"{service.name}-1", "labels": {SERVICE_NAME: service.name}}, "endpoints": [{"addresses": [address]}],
    }
    return patch_command(patch), kubectl("create", "-f", "-", namespace=service.namespace).given(part)
