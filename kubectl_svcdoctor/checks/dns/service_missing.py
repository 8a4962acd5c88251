"""DNS servers run, and no Service leads to them at the address that Pods ask.

Why it breaks:
The kubelets write one address, clusterDNS of their configuration, into every Pod's /etc/resolv.conf. Without a Service that has it as its
ClusterIP nothing answers there, and no name resolves. A DNS Service that was deleted and created again gets another address unless it asks
for the old one.

How to fix:
Create a Service for the DNS servers with that ClusterIP, which is clusterDNS in the kubelets' configuration and stands in the resolv.conf of any
running Pod. A DNS Service at another address can stay beside it.

Look yourself:
kubectl -n kube-system get services
kubectl exec POD -- cat /etc/resolv.conf
kubectl get --raw /api/v1/nodes/NODE/proxy/configz

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#is-dns-service-up
"""

from __future__ import annotations

from typing import Any

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.handed_out import Astray, StrandedKubelet
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT
from kubectl_svcdoctor.graph.dns.state import NoDNSService
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("DNS103", "dns-kube-dns-service-missing")
def service_missing(found: NoDNSService | None = None, astray: Astray | None = None, kubelet: StrandedKubelet | None = None) -> Problem | None:
    if found is not None:
        made = found.deployment
        return Problem(
            object=ObjectRef("v1", "Service", made.namespace, "kube-dns"), severity=Severity.ERROR,
            summary=f"names do not resolve: no Service leads to the DNS servers of Deployment {made.namespace}/{made.name}",
            evidence=(f"no Service of namespace {made.namespace} has port 53 and a ClusterIP",),
            fix=_first(found, kubelet.nameserver if kubelet else ""),
        )
    if astray is None:
        return None
    service, nodes = astray.service, names(astray.nodes)
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "clusterIP"),
        summary=f"names do not resolve: Pods of {nodes} ask {astray.address}, and the DNS Service {service.namespace}/{service.name} "
                f"is at {service.spec.cluster_ip}",
        evidence=(f"clusterDNS of the kubelets of {nodes} is {astray.address}",
                  f"no Service has the address {astray.address}, which lies in the range of the Services"),
        fix=Fix(f"create a second Service for the DNS servers at {astray.address}", (_second(astray),)),
    )


def _first(found: NoDNSService, nameserver: str) -> Fix:
    made = found.deployment
    ports = [{"name": name, "port": DNS_PORT, "protocol": protocol, "targetPort": DNS_PORT} for name, protocol in (("dns", "UDP"), ("dns-tcp", "TCP"))]
    if not nameserver:
        return Fix("create the DNS Service again, with the ClusterIP that stands as nameserver in the resolv.conf of Pods",
                   (kubectl("get", made, "-o", "yaml", namespace=made.namespace),))
    body = _service("kube-dns", made.namespace, nameserver, made.spec.selector.match_labels, ports)
    return Fix(f"create the DNS Service again, with the ClusterIP {nameserver}, which the kubelets hand out", (kubectl("create", "-f", "-").given(body),))


def _second(astray: Astray) -> Any:
    service = astray.service
    ports = [{"name": port.name or f"port-{port.port}-{port.protocol.lower()}", "port": port.port, "protocol": port.protocol, "targetPort": port.target}
             for port in service.spec.ports]
    name = next(name for number in range(2, len(astray.taken) + 3) if (name := f"{service.name}-{number}") not in astray.taken)
    return kubectl("create", "-f", "-").given(_service(name, service.namespace, astray.address, service.selector, ports))


def _service(name: str, namespace: str, address: str, selector: dict[str, str], ports: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace, "labels": {"k8s-app": "kube-dns"}},
            "spec": {"clusterIP": address, "selector": selector, "ports": ports}}
