"""A DNS server does not know the cluster's own names.

Why it breaks:
Even the name of the DNS Service itself is not answered, so the server has no data of the cluster: it lost its connection to the API server
before the first list was complete (SERVFAIL), it has no right to read, or its configuration is another one than that of the others.

How to fix:
Look at the server's log: it says what it may not read, or why it does not reach the API server. After a restart it reads everything again.

Look yourself:
kubectl -n kube-system logs POD --tail=20

Reference:
https://coredns.io/plugins/kubernetes/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.answers import ClusterDomain
from kubectl_svcdoctor.graph.dns.corefile import served_zones
from kubectl_svcdoctor.graph.dns.differences import GuiltyCorefile, Unserved
from kubectl_svcdoctor.graph.dns.made import ServerPods, restart_of
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS121", "dns-server-without-data")
def zone_not_served(
    lost: Unserved, dns: ClusterDNS, domain: ClusterDomain, corefile: GuiltyCorefile | None = None, pods: ServerPods | None = None
) -> Problem | None:
    if corefile and domain.name not in served_zones(corefile.text):
        return None  # then it is the Corefile
    first = lost.servers[0]
    every = count(lost.others + len(lost.servers), "DNS server")
    some = f"DNS server {first.pod} does" if len(lost.servers) == 1 else f"{len(lost.servers)} of {every} do"
    return Problem(
        object=ObjectRef("v1", "Pod", first.namespace, first.pod), severity=Severity.ERROR, partial=lost.others > 0,
        summary=f"{some} not know the names of the cluster: {lost.status} even for the DNS Service's own name",
        evidence=(f"{names([server.pod for server in lost.servers])}: {dns.service.name}.{dns.namespace}.svc.{domain.name} gives {lost.status}",
                  f"{lost.others} of {every} know it"),
        fix=Fix("see what its log says of the API server or of missing rights, and restart it when that is fixed", (
            kubectl("logs", ObjectRef("v1", "Pod", first.namespace, first.pod), "--tail=20", namespace=first.namespace), *restart_of(first, pods))),
    )
