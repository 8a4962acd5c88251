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
from kubectl_svcdoctor.graph.dns.differences import Slow
from kubectl_svcdoctor.graph.dns.made import ServerPods
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS124", "dns-server-slow")
def server_slow(late: Slow, pods: ServerPods | None = None) -> Problem:
    first = late.servers[0]
    slow = next((pod for pod in pods or () if pod.name == first.pod), ObjectRef("v1", "Pod", first.namespace, first.pod))
    return Problem(
        object=slow, severity=Severity.WARNING, partial=True,
        summary=f"DNS server {first.pod} took up to {late.seconds:.1f} seconds to answer",
        evidence=(f"{len(late.servers)} of {count(len(late.servers) + late.others, 'DNS server')} took longer than a second: "
                  f"{names([server.pod for server in late.servers])}",
                  "measured through the API server; connecting is not counted"),
        fix=Fix("see what its CPU limit and load are", (
            kubectl("top", "pod", first.pod, namespace=first.namespace), kubectl("describe", slow, namespace=first.namespace))),
    )
