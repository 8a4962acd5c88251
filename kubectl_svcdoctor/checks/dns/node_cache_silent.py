"""The DNS cache of the node does not answer the Pods there.

Why it breaks:
With NodeLocal DNSCache the Pods of a node ask an address that exists on that node only (169.254.20.10), where a Pod of a DaemonSet listens
on the node's own network. When that Pod is down or was never started there, no name resolves for any Pod of the node, however well the
cluster's DNS servers are.

How to fix:
Mend the cache's Pod on that node; its log and its events say what it lacks. A node where it is not to run needs a kubelet whose clusterDNS is
the DNS Service's address.

Look yourself:
kubectl -n kube-system get pods -l k8s-app=node-local-dns -o wide
kubectl -n kube-system logs POD --tail=20

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import CACHE_APP, NodeCachePods, Unreached, Ways
from kubectl_svcdoctor.graph.dns.state import unready_words
from kubectl_svcdoctor.graph.dns.words import told
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS133", "dns-node-cache-silent")
def node_cache_silent(away: Unreached, ways: Ways, caches: NodeCachePods | None = None) -> Problem | None:
    if not away.cache:
        return None
    node = away.vantage.node
    where = f"kubectl -n kube-system get pods -l k8s-app={CACHE_APP} --field-selector spec.nodeName={node} -o wide"
    pod = caches[0] if caches else None
    state = "" if caches is None else "no Pod of NodeLocal DNSCache is there" if pod is None else \
        f"Pod {pod.name} is ready" if pod.ready else unready_words(pod)
    return Problem(
        object=pod or ObjectRef("v1", "Node", "", node), severity=Severity.ERROR, partial=True,
        summary=f"the DNS cache of node {node} at {away.address} does not answer the Pods there" + (f": {state}" if state else ""),
        evidence=(f"{away.asked} queries over UDP from Pod {away.vantage.pod}: {told(away.silence)}", *ways.sentences),
        fix=Fix(f"mend the cache's Pod on node {node}", (where, f"kubectl -n kube-system logs {pod.name} --tail=20") if pod else (where,)),
    )
