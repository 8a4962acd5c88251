"""The nameserver of a Pod answers it something else than the cluster's DNS servers do.

Why it breaks:
Between a Pod and the DNS servers there may be a cache (NodeLocal DNSCache, a sidecar, dnsmasq on the node) that remembers what was true, or a
server that the DNS Service should not lead to. The servers are right, and this client is told something else.

How to fix:
Restart what stands between them; with NodeLocal DNSCache that is its Pod on the client's node. Where nothing does, see what the DNS Service
leads to.

Look yourself:
kubectl exec POD -- cat /etc/resolv.conf
kubectl -n kube-system get pods -l k8s-app=node-local-dns -o wide

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.differences import CACHED, changed_ago
from kubectl_svcdoctor.graph.dns.from_pod import CACHE_APP, Differing
from kubectl_svcdoctor.graph.dns.words import told, wanted
from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.evidence import Now, SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("DNS135", "dns-answer-from-pod-differs")
def answer_from_pod_differs(
    heard: Differing, service: Service, now: Now, names: Names | None = None, slices: ServiceSlices | None = None, pods: SelectedPods | None = None
) -> Problem | None:
    servers_wrong = {row.record.name for row in (names.heard if names else ()) if row.wrong}
    found = [(record, reply) for record, reply in heard.wrong if record.name not in servers_wrong]
    if not found or changed_ago(now, service, slices or (), pods or ()) < CACHED:
        return None
    record, reply = found[0]
    node = heard.vantage.node
    return Problem(
        object=service, severity=Severity.ERROR, partial=True,
        summary=f"Pod {heard.vantage.pod} is told {told(reply)} for {record.name} by {heard.address}, instead of {wanted(record)}",
        evidence=("the DNS servers themselves answer as they should" if names and names.servers else "the DNS servers themselves were not asked",
                  f"{len(found)} of {len(heard.answers)} names that were asked from there are answered wrongly"),
        fix=Fix(f"restart the DNS cache of node {node}", (f"kubectl -n kube-system delete pod -l k8s-app={CACHE_APP} --field-selector spec.nodeName={node}",))
        if heard.cache else Fix(f"see what answers at {heard.address} on node {node}", (
            "kubectl -n kube-system get endpointslices",
            f"kubectl -n kube-system get pods -l k8s-app={CACHE_APP} -o wide")),
    )
