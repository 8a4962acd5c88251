"""A node tells load balancers something else than what it has.

Why it breaks:
A load balancer asks each node's healthCheckNodePort whether the node has an endpoint of a Service with externalTrafficPolicy: Local, and sends only to nodes
that answer 200. A node that has an endpoint and denies it gets nothing; one that has none and claims one drops what it gets.

How to fix:
What answers there is kube-proxy, or what stands in its place: see whether it works on that node. Where the port is refused, see whether the node's firewall
lets the load balancer's checks through, and whether the proxy in use serves such ports at all.

Look yourself:
kubectl get --raw /api/v1/nodes/NODE:HEALTH-CHECK-NODE-PORT/proxy/

Reference:
https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/1669-proxy-terminating-endpoints
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.beliefs import Beliefs, agrees
from kubectl_svcdoctor.graph.nodeport.doors import Local
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.vantage import pods_on, proxy_health
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.node_ports import Believed
from kubectl_svcdoctor.model.service import Service


@symptom("NOD208", "nport-hc-port-blocked")
def health_check_disagrees(service: Service, local: Local, beliefs: Beliefs) -> Iterator[Problem]:
    """A port that no node answers is one that the proxy in use does not serve, which matters to some load balancers only: a remark."""
    port, having = service.spec.health_check_node_port, f"a ready endpoint is on {names(local.serving)}"
    asked = [node for node in local.serving if node in beliefs]
    if asked and not any(told.status for told in beliefs.values()):
        yield Problem(object=service, severity=Severity.INFO, partial=True, evidence=(having,),
                      summary=f"no node that was asked answers on healthCheckNodePort {port}, which some load balancers ask", fix=_fix(asked[0]))
        return
    for node, told in beliefs.items():
        serving = node in local.serving
        if agrees(told, serving) or (not told.status and not serving):
            continue
        does = "send it nothing" if serving else "send to it, and it drops what they send"
        yield Problem(
            object=service, severity=Severity.WARNING, partial=True, node=node, evidence=(having, f"load balancers that ask there {does}"), fix=_fix(node),
            summary=f"node {node} has {'an' if serving else 'no'} endpoint, and says {_said(told)} on healthCheckNodePort {port}",
        )


def _fix(node: str) -> Fix:
    return Fix(f"see whether kube-proxy, or what stands in its place, works on node {node}", (pods_on(node), proxy_health(node)))


def _said(told: Believed) -> str:
    count = "" if told.local_endpoints < 0 else f" with {told.local_endpoints} local endpoint{'' if told.local_endpoints == 1 else 's'}"
    return f"HTTP status {told.status}{count}" if told.status else f"nothing ({told.words})"
