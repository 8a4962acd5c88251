"""kube-proxy of a node runs and does not bring its rules up to date.

Why it breaks:
kube-proxy calls itself unhealthy when changes of Services or EndpointSlices have waited for longer than a minute or two and it could not write them:
another program holds the lock of iptables, the kernel or the tools refuse its rules, the node has no CPU left for it. If it has lost its connection to the API
server without noticing, it knows of no change, calls itself healthy, and the time of its last rules alone gives it away. Clients on that node are sent to
Pods that are gone, and do not reach new ones.

How to fix:
Its log says what it cannot write. Restart its Pod when that is repaired; the rules stay meanwhile.

Look yourself:
kubectl get --raw /api/v1/nodes/NODE:10256/proxy/healthz
kubectl logs -n kube-system POD

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.proxy.node_states import FROM_THERE, Late, NodeTroubles, missed, node_ref
from kubectl_svcdoctor.graph.proxy.vantage import pods_on, proxy_health
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import Command, kubectl, selector
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.service_proxy import HEALTH_PORT


@defect("NOD103", "kp-stale-rules")
def kube_proxy_late(troubles: NodeTroubles, service: Service) -> Iterator[Problem]:
    for late in troubles.late:
        failing = troubles.at is not None and troubles.at.node == late.node
        yield Problem(
            object=node_ref(late.node), node=late.node, severity=Severity.ERROR if failing else Severity.WARNING, partial=True,
            summary=f"kube-proxy of node {late.node} does not bring its rules up to date: {missed(failing)}",
            evidence=(_told(late, service),),
            fix=Fix("see in its log what it cannot write, or that it does not reach the API server; repair that, and restart its Pod",
                    (_pod(troubles, late.node), proxy_health(late.node))),
            explains=FROM_THERE if failing else (),
        )


def _told(late: Late, service: Service) -> str:
    if late.changed >= 0:
        return (f"endpoints of Service {service.name} changed {duration(late.changed)} ago, and on port {HEALTH_PORT} it says that it last wrote rules "
                f"{duration(late.written)} ago")
    return f"on port {HEALTH_PORT} it says that it is unhealthy; " + (
        f"the last time it wrote rules was {duration(late.written)} ago" if late.written >= 0 else "it does not say when it last wrote any")


def _pod(troubles: NodeTroubles, node: str) -> Command:
    """The Pod of kube-proxy on that node, or all Pods there, where it is not known which is kube-proxy's."""
    if troubles.found is None:
        return pods_on(node)
    daemon_set = troubles.found.daemon_set
    return kubectl("get", "pods", "-l", selector(daemon_set.spec.selector.match_labels), "--field-selector", f"spec.nodeName={node}",
                   namespace=daemon_set.namespace)
