"""The Service's endpoints are listed as host names, which kube-proxy ignores.

Why it breaks:
An EndpointSlice of addressType FQDN is valid, but kube-proxy programs addresses only and skips it. A Service
with a ClusterIP and nothing else behind it has no endpoint.

How to fix:
Write a slice of addressType IPv4 or IPv6 with the host's addresses (they must be kept up to date), or make
the Service an ExternalName Service, which gives clients the name itself.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o wide

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#address-types
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.handmade import HandMade
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS111", "eps-addresstype-fqdn")
def fqdn(service: Service, slices: HandMade, all_slices: ServiceSlices) -> Problem | None:
    """A slice of names beside one of addresses is for somebody else, such as a Gateway."""
    named = [part for part in slices if part.address_type == "FQDN"]
    if service.headless or not named or any(part.endpoints for part in all_slices if part.address_type != "FQDN"):
        return None
    part = named[0]
    hosts = [address for endpoint in part.endpoints or () for address in endpoint.addresses]
    return Problem(
        object=part, severity=Severity.ERROR,
        summary=f"EndpointSlice {part.name} lists host names ({names(hosts, 2)}), which kube-proxy ignores",
        evidence=(f"Service {service.name} has no slice of addressType IPv4 or IPv6",), fix=_fix(service, part, hosts),
    )


def _fix(service: Service, part: EndpointSlice, hosts: list[str]) -> Fix:
    """A CNAME translates no ports, and stands for one host."""
    numbers = {(port.name, port.protocol): port.port for port in part.ports or ()}
    same = all(numbers.get((port.name, port.protocol)) == port.port for port in service.spec.ports)
    if len(set(hosts)) == 1 and same and service.spec.type == "ClusterIP":
        fields = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")
        return patching(f"make it an ExternalName Service for {hosts[0]}; or list the host's addresses in a slice of addressType IPv4", service,
                        {"spec": {"type": "ExternalName", "externalName": hosts[0], **dict.fromkeys(fields)}})
    return Fix("list the hosts' addresses in a slice of addressType IPv4 or IPv6 beside it", (kubectl("get", part, "-o", "yaml", namespace=part.namespace),))
