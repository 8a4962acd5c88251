"""A DNS server takes longer than a second to answer.

Why it breaks:
Every connection by name waits for it, and with the usual ndots:5 a name outside of the cluster takes several lookups. Resolvers give up
after five seconds.

How to fix:
Look at the server's CPU limit and load; add servers, or NodeLocal DNSCache.

Look yourself:
kubectl -n kube-system top pods -l k8s-app=kube-dns

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.affected import names
from kubectl_svcdoctor.graph.dns.differences import Slow
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS124", "dns-server-slow")
def server_slow(late: Slow) -> Problem:
    first = late.servers[0]
    return Problem(
        object=ObjectRef("v1", "Pod", first.namespace, first.pod), severity=Severity.WARNING, partial=True,
        summary=f"DNS server {first.pod} took up to {late.seconds:.1f} seconds to answer",
        evidence=(f"{len(late.servers)} of {len(late.servers) + late.others} servers were that slow: {names([server.pod for server in late.servers])}",
                  "measured through the API server; connecting is not counted"),
        fix=Fix("see what its CPU limit and load are", (f"kubectl -n {first.namespace} top pod {first.pod}",
                                                          f"kubectl -n {first.namespace} describe pod {first.pod}")),
    )
