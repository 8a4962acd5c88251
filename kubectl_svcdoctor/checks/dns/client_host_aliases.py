"""An entry of hostAliases in the Pod shadows the name of a Service.

Why it breaks:
hostAliases become lines of /etc/hosts, which resolvers read before they ask DNS. A name of a Service that stands there with another address
leads the Pod past the Service.

How to fix:
Remove the entry from the Pod template.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.hostAliases}'

Reference:
https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.client import Client
from kubectl_svcdoctor.graph.mending import in_template
from kubectl_svcdoctor.model.evidence import PodServices
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("DNS112", "dns-client-hostaliases")
def client_host_aliases(client: Client, services: PodServices) -> Iterator[Problem]:
    pod = client.pod
    for alias in pod.spec.host_aliases:
        for name in alias.hostnames:
            service = next((service for service in services if _means(name, service)), None)
            if service is None or alias.ip in service.spec.cluster_ips:
                continue
            address = service.spec.cluster_ip if not service.headless else "the addresses of its Pods"
            yield Problem(
                object=pod, severity=Severity.ERROR, field=("spec", "hostAliases"),
                summary=f"in Pod {pod.name} the name {name} means {alias.ip} by hostAliases, and not Service {service.name}",
                evidence=(f"DNS would give {address}",),
                fix=in_template(pod, "remove the entry from hostAliases", {"hostAliases": None}),
            )
            return


def _means(name: str, service: Service) -> bool:
    """Whether a client in the Service's namespace would call it so."""
    own = f"{service.name}.{service.namespace}"
    return name in (service.name, own, f"{own}.svc") or name.startswith(f"{own}.svc.")
