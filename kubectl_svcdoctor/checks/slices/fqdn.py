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
from kubectl_svcdoctor.graph.handmade import HandMade
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
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
        summary=f"EndpointSlice {part.name} of Service {service.name} lists host names ({', '.join(hosts[:2])}), which kube-proxy ignores",
        evidence=("there is no slice of addressType IPv4 or IPv6",),
        fix=Fix(f"write a slice with the address of {hosts[0]} beside it", (_copy(part.namespace, part.name, hosts[0]),)),
    )


def _copy(namespace: str, name: str, host: str) -> str:
    """A copy of the slice with the IPv4 address that the host's name has where the command is run."""
    address = f"$(getent ahostsv4 {host} | awk 'NR==1{{print $1}}')"
    edit = f"s/addressType: FQDN/addressType: IPv4/; s/^  name: .*/  name: {name}-ipv4/; /^  uid:/d; /^  resourceVersion:/d"
    pattern = host.replace(".", "[.]")
    return f'kubectl -n {namespace} get endpointslice {name} -o yaml | sed "{edit}; s/{pattern}/{address}/" | kubectl create -f -'
