"""The Pod's search path does not lead from a short name to the Service.

Why it breaks:
`web` and `web.shop` are no names by themselves: the resolver completes them with the search domains of its resolv.conf, NAMESPACE.svc.DOMAIN,
svc.DOMAIN and DOMAIN. Without them, or with those of another cluster domain, only the full name resolves.

How to fix:
Let the kubelet write the search path (dnsPolicy ClusterFirst, no searches of your own instead), or use the full name.

Look yourself:
kubectl exec POD -- cat /etc/resolv.conf

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#namespaces-of-services
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.answers import ClusterDomain
from kubectl_svcdoctor.graph.dns.client import Client
from kubectl_svcdoctor.graph.dns.from_pod import Well
from kubectl_svcdoctor.graph.dns.search import Searched, Searches
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import Looked
from kubectl_svcdoctor.model.service import Service


@symptom("DNS137", "dns-search-path")
def search_path_short(ways: Searches, heard: Well, seen: Looked, client: Client, service: Service, domain: ClusterDomain) -> Problem | None:
    lost = next((way for way in ways if not way.found), None)
    if lost is None:
        return None
    full = f"{service.name}.{service.namespace}.svc.{domain.name}"
    return Problem(
        object=client.pod, severity=_severity(lost, client), partial=True,
        summary=f"in Pod {client.pod.name} the name {lost.text} does not resolve: its search path is {' '.join(seen.searches) or 'empty'}",
        evidence=(f"its resolver tries {', '.join(lost.tried)}", f"{full} is answered by {heard.address}", *client.told),
        fix=Fix(f"let the client use {full}, or the Pod the search path that the kubelet writes (dnsPolicy ClusterFirst, no searches instead)",
                (kubectl("get", client.pod, "-o", "jsonpath={.spec.dnsPolicy} {.spec.dnsConfig}", namespace=client.pod.namespace),)),
    )


def _severity(lost: Searched, client: Client) -> Severity:
    """A search path may be left out on purpose; a name that somebody uses decides."""
    if lost.typed or lost.text in client.meant:
        return Severity.ERROR
    return Severity.INFO
