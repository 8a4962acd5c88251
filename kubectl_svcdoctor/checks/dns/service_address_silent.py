"""The cluster's DNS does not answer a Pod at the address that the Pod asks.

Why it breaks:
Pods ask the ClusterIP of the DNS Service, mostly over UDP. When nothing comes back, a lookup ends after its time-out (five seconds and more),
and every connection by name with it. The servers themselves may be well: whether they answer at their own addresses, and whether TCP does
where UDP does not, tells where the queries are lost.

How to fix:
If the servers' own addresses answer from there: the node does not forward the ClusterIP; look at kube-proxy, or what stands in its
place, on that node. If only UDP is lost: a firewall or a NetworkPolicy admits TCP alone. If nothing answers: a NetworkPolicy, or the network
between the nodes.

Look yourself:
kubectl exec POD -- nslookup kubernetes.default.svc.cluster.local CLUSTERIP
kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Unreached, Ways
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import told
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@symptom("DNS132", "dns-address-silent")
def service_address_silent(away: Unreached, ways: Ways, dns: ClusterDNS) -> Problem | None:
    if away.cache:
        return None
    vantage = away.vantage
    where, fix = _where(ways, vantage.node, dns)
    return Problem(
        object=dns.service, severity=Severity.ERROR, partial=True,
        summary=f"the cluster's DNS at {away.address} does not answer Pod {vantage.pod} on node {vantage.node}: {where}",
        evidence=(f"{away.asked} queries over UDP from the Pod: {told(away.silence)}", *ways.sentences), fix=fix,
    )


def _where(ways: Ways, node: str, dns: ClusterDNS) -> tuple[str, Fix]:
    if ways.direct[1]:
        what = "UDP to that address" if ways.tcp[1] else "that address"
        return (f"node {node} does not forward {what}", Fix(f"see whether kube-proxy, or what stands in its place, is well on node {node}", (
            f"kubectl -n kube-system get pods -l k8s-app=kube-proxy --field-selector spec.nodeName={node}",
            f"kubectl get --raw /api/v1/nodes/{node}:10256/proxy/healthz")))
    if ways.tcp[1]:
        return "only TCP gets there, UDP is lost", Fix("admit UDP on port 53 in NetworkPolicies and firewalls", (
            "kubectl get networkpolicies -A", f"kubectl -n {dns.namespace} get endpointslices -l kubernetes.io/service-name={dns.service.name}"))
    return "nor do the DNS servers at their own addresses", Fix("look at the NetworkPolicies of both sides, then at the network between the nodes", (
        "kubectl get networkpolicies -A", f"kubectl -n {dns.namespace} get pods -l k8s-app=kube-dns -o wide"))
