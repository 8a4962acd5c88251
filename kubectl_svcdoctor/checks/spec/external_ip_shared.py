"""Another Service has one of the Service's external IPs with the same port and protocol.

Why it breaks:
Nothing reserves an external IP: the API server takes the same one for any number of Services. kube-proxy tells packets to them apart by address, port and
protocol alone, so that all connections there go to one of the Services, whichever it writes first, and that may change whenever it writes its rules anew.
The clients of the other one reach Pods that are not meant for them, or none. Services may share an address as long as their ports or protocols differ.

How to fix:
Give one of the two another external IP or another port; take the external IP away from a Service that no client calls there any more.

Look yourself:
kubectl get services -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,IPS:.spec.externalIPs,PORTS:.spec.ports[*].port

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#external-ips
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.graph.spec.sharing import ExternalIPServices
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service, ServicePort

COLUMNS = "custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,IPS:.spec.externalIPs,PORTS:.spec.ports[*].port"


@defect("SVC119", "svc-external-ip-shared")
def external_ip_shared(service: Service, services: ExternalIPServices) -> Iterator[Problem]:
    """Partial, since clients inside of the cluster call another address. Which of the two gets the connections is not known; where both lead to the same
    Pods, it does not matter."""
    for port in service.spec.ports:
        found = [(address, other) for address in service.spec.external_ips for other in services if _takes(other, service, address, port)]
        if not found:
            continue
        address, other = found[0]
        alike = all(_leads_alike(service, port, entry) for _, entry in found)
        name = other.name if other.namespace == service.namespace else f"{other.namespace}/{other.name}"
        yield Problem(
            object=service, port=port.label, severity=Severity.INFO if alike else Severity.ERROR, partial=True, field=("spec", "externalIPs"),
            summary=f"external IP {at(address, port.port)}/{port.protocol} is also Service {name}'s; connections reach only one of them",
            evidence=(*(f"Service {entry.namespace}/{entry.name} has {ip} as {_as(entry, ip)}, with port {port.label}" for ip, entry in found),
                      *(("both lead to the same Pods and port, so no client reaches others",) if alike else ())),
            fix=Fix("give one of the two another external IP or port", (kubectl("get", "services", "-A", "-o", COLUMNS),)),
        )


def _takes(other: Service, service: Service, address: str, port: ServicePort) -> bool:
    """Whether the other one has that address and port, in the hands of the same proxy."""
    same = other.ref == service.ref or other.headless or other.external or other.labels.get(PROXY_NAME) != service.labels.get(PROXY_NAME)
    return not same and canonical(address) in map(canonical, other.addresses) and any(
        (entry.port, entry.protocol) == (port.port, port.protocol) for entry in other.spec.ports)


def _leads_alike(service: Service, port: ServicePort, other: Service) -> bool:
    targets = {entry.target for entry in other.spec.ports if (entry.port, entry.protocol) == (port.port, port.protocol)}
    return bool(service.selector) and (service.namespace, service.selector) == (other.namespace, other.selector) and targets == {port.target}


def _as(other: Service, address: str) -> str:
    wanted = canonical(address)
    if wanted in map(canonical, other.spec.external_ips):
        return "external IP"
    return "cluster IP" if wanted in map(canonical, (other.spec.cluster_ip, *other.spec.cluster_ips)) else "load balancer's address"
