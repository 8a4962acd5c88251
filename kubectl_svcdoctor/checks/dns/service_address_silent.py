"""The cluster's DNS does not answer a Pod at the address that the Pod asks.

Why it breaks:
Pods ask the ClusterIP of the DNS Service, mostly over UDP. When nothing comes back, a lookup ends after its time-out (five seconds and more),
and every connection by name with it. The servers themselves may be well: whether they answer at their own addresses, and whether TCP does
where UDP does not, tells where the queries are lost.

How to fix:
If the servers answer on another port than the DNS Service targets: correct its targetPort. If all servers' own addresses answer from there: ask
from another node (--from node/NAME); where only one node fails, look at kube-proxy, or what stands in its place, on that node. If only UDP is
lost: a firewall or a NetworkPolicy admits TCP alone. If nothing answers: a NetworkPolicy, or the network between the nodes.

Look yourself:
kubectl exec POD -- nslookup kubernetes.default.svc.cluster.local CLUSTERIP
kubectl get pods -A -o wide --field-selector spec.nodeName=NODE

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Unreached, Ways
from kubectl_svcdoctor.graph.dns.made import retarget, server_list
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import reply_text
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME
from kubectl_svcdoctor.graph.proxy.vantage import pods_on, proxy_health
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity

_POLICIES = kubectl("get", "networkpolicies", "-A")


@symptom("DNS132", "dns-address-silent")
def service_address_silent(away: Unreached, ways: Ways, dns: ClusterDNS) -> Problem | None:
    if away.cache:
        return None
    where, fix = _where(ways, away.vantage.node, dns)
    return Problem(
        object=dns.service, severity=Severity.ERROR, partial=not ways.answering,
        summary=f"the cluster's DNS at {away.address} does not answer Pod {away.vantage.pod} on node {away.vantage.node}: {where}",
        evidence=(f"{away.asked} queries over UDP from the Pod: {reply_text(away.silence)}", *ways.sentences), fix=fix,
    )


def _where(ways: Ways, node: str, dns: ClusterDNS) -> tuple[str, Fix]:
    service, slices = dns.service, kubectl("get", "endpointslices", "-l", f"{SERVICE_NAME}={dns.service.name}", "-o", "yaml", namespace=dns.namespace)
    if ways.answering and not ways.direct[1]:
        return f"its servers answer over UDP on port {ways.answering}, which the DNS Service does not target", retarget(dns, ways.answering)
    if PROXY_NAME in service.labels:
        return f"kube-proxy ignores the DNS Service because of its label {PROXY_NAME}", Fix(
            "remove the label, so that kube-proxy serves the DNS Service", (kubectl("label", service, f"{PROXY_NAME}-", namespace=service.namespace),))
    if ways.all_servers:
        what = "UDP to that address gets no answer" if ways.tcp[1] else "that address gives no answer"
        return f"{what}, and all DNS servers answer there at their own addresses", Fix(
            f"ask from another node (--from node/…), and see whether kube-proxy, or what stands in its place, works on node {node}",
            (pods_on(node), proxy_health(node)))
    if ways.direct[1]:
        return f"{ways.direct[1]} of {ways.direct[0]} DNS servers asked answer there at their own addresses", Fix(
            "look at the endpoints of the DNS Service that do not answer", (slices, server_list(dns)))
    if ways.tcp[1]:
        return "it answers over TCP, and not over UDP", Fix("admit UDP on port 53 in NetworkPolicies and firewalls", (_POLICIES, slices))
    return "the DNS servers' own addresses do not answer either", Fix(
        "look at the NetworkPolicies of both sides, then at the network between the nodes", (_POLICIES, server_list(dns)))
