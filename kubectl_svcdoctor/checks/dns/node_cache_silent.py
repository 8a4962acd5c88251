"""The DNS cache of the node does not answer the Pods there.

Why it breaks:
With NodeLocal DNSCache the Pods of a node ask an address that exists on that node only (169.254.20.10), where a Pod of a DaemonSet listens
on the node's own network. When that Pod is down or was never started there, no name resolves for any Pod of the node, however well the
cluster's DNS servers are.

How to fix:
Look at the cache's Pod on that node; its log and its events say what it lacks. A node where it is not to run needs a kubelet whose clusterDNS is
the DNS Service's address.

Look yourself:
kubectl -n kube-system get pods -l k8s-app=node-local-dns -o wide
kubectl -n kube-system logs POD --tail=20

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import NodeCachePods, Unreached, Ways
from kubectl_svcdoctor.graph.dns.state import unready_words
from kubectl_svcdoctor.graph.dns.words import reply_text
from kubectl_svcdoctor.graph.proxy.vantage import pods_on
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS133", "dns-node-cache-silent")
def node_cache_silent(away: Unreached, ways: Ways, caches: NodeCachePods | None = None) -> Problem | None:
    if not away.cache:
        return None
    node = away.vantage.node
    pod = caches[0] if caches else None
    state = "" if caches is None else "no Pod of NodeLocal DNSCache runs there" if pod is None else \
        f"Pod {pod.name} is ready" if pod.ready else unready_words(pod)
    return Problem(
        object=pod or ObjectRef("v1", "Node", "", node), severity=Severity.ERROR, partial=True,
        summary=f"the DNS cache at {away.address} on node {node} does not answer Pod {away.vantage.pod}" + (f": {state}" if state else ""),
        evidence=(f"{away.asked} queries over UDP from Pod {away.vantage.pod}: {reply_text(away.silence)}", *ways.sentences),
        fix=Fix(f"find out why the cache's Pod on node {node} does not answer", (
            kubectl("describe", pod, namespace=pod.namespace), kubectl("logs", pod, "--tail=20", namespace=pod.namespace)))
        if pod else Fix(f"find out why no DNS cache runs on node {node}", (pods_on(node), kubectl("get", "daemonsets", "-A"))),
    )
