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
from kubectl_svcdoctor.graph.pods.template import in_template, removing
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import HostAlias, Pod


@defect("DNS112", "dns-client-hostaliases")
def client_host_aliases(client: Client) -> Iterator[Problem]:
    pod = client.pod
    for place, alias in enumerate(pod.spec.host_aliases):
        for position, name in enumerate(alias.hostnames):
            service = next((service for service in client.services if _means(name, service, pod)), None)
            if service is None or canonical(alias.ip) in map(canonical, service.spec.cluster_ips):
                continue
            address = service.spec.cluster_ip if not service.headless else "the addresses of its Pods"
            yield Problem(
                object=pod, severity=Severity.ERROR, partial=client.chosen, field=("spec", "hostAliases"),
                summary=f"in Pod {pod.name} hostAliases gives {name} the address {alias.ip}, which is not that of Service {service.name}",
                evidence=(f"DNS would give {address}",),
                fix=in_template(pod, f"remove {name} from hostAliases, and leave its other entries", _without(place, position, alias)),
            )
            return


def _without(place: int, position: int, alias: HostAlias) -> list[dict[str, object]]:
    """The whole entry where it has no other name, else the name alone."""
    if len(alias.hostnames) == 1:
        return removing(f"/hostAliases/{place}", {"ip": alias.ip, "hostnames": list(alias.hostnames)})
    return removing(f"/hostAliases/{place}/hostnames/{position}", alias.hostnames[position])


def _means(name: str, service: Service, pod: Pod) -> bool:
    """Whether the Pod would call the Service so."""
    own = f"{service.name}.{service.namespace}"
    return (name == service.name and pod.namespace == service.namespace) or name in (own, f"{own}.svc") or name.startswith(f"{own}.svc.")
