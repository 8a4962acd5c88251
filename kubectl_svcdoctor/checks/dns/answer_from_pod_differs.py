"""The nameserver of a Pod answers it something else than the cluster's DNS servers do.

Why it breaks:
Between a Pod and the DNS servers there may be a cache (NodeLocal DNSCache, a sidecar, dnsmasq on the node) that remembers what was true, or a
server that the DNS Service should not have among its endpoints. The servers are right, and this client gets another answer.

How to fix:
Restart what stands between them; with NodeLocal DNSCache that is its Pod on the client's node. Where nothing does, look at the endpoints
of the DNS Service.

Look yourself:
kubectl exec POD -- cat /etc/resolv.conf
kubectl -n kube-system get pods -l k8s-app=node-local-dns -o wide

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.differences import CACHED, changed_ago
from kubectl_svcdoctor.graph.dns.from_pod import NodeCachePods, WrongFromPod
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import reply_text, wanted
from kubectl_svcdoctor.graph.pods.template import replaced
from kubectl_svcdoctor.graph.proxy.vantage import pods_on
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.evidence import Now, SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("DNS135", "dns-answer-from-pod-differs")
def answer_from_pod_differs(
    heard: WrongFromPod, service: Service, now: Now, dns: ClusterDNS, names: Names | None = None, slices: ServiceSlices | None = None,
    pods: SelectedPods | None = None, caches: NodeCachePods | None = None,
) -> Problem | None:
    servers_wrong = {row.record.name for row in (names.heard if names else ()) if row.wrong}
    found = [(record, reply) for record, reply in heard.wrong if record.name not in servers_wrong]
    if not found or changed_ago(now, service, slices or (), pods or ()) < CACHED:
        return None
    record, reply = found[0]
    return Problem(
        object=service, severity=Severity.ERROR, partial=True,
        summary=f"{heard.address} answers {reply_text(reply)} to Pod {heard.vantage.pod} for {record.name}, instead of {wanted(record)}",
        evidence=("the DNS servers themselves answer as they should" if names and names.servers else "what the DNS servers themselves answer was not checked",
                  f"{len(found)} of {count(len(heard.answers), 'name')} asked from that Pod are answered wrongly"),
        fix=_fix(heard, dns, caches or NodeCachePods()),
    )


def _fix(heard: WrongFromPod, dns: ClusterDNS, caches: NodeCachePods) -> Fix:
    node = heard.vantage.node
    if heard.cache and caches and replaced(caches[0]):
        return Fix(f"restart the DNS cache of node {node}; names do not resolve on that node until its new Pod runs",
                   (kubectl("delete", caches[0], namespace=caches[0].namespace),))
    if heard.cache:
        return Fix(f"find the DNS cache that runs on node {node}, and restart it", (pods_on(node),))
    return Fix(f"see which endpoint of the DNS Service, or which cache on node {node}, answers at {heard.address}", (
        kubectl("get", "endpointslices", "-l", f"{SERVICE_NAME}={dns.service.name}", "-o", "wide", namespace=dns.namespace), pods_on(node)))
