"""kube-proxy does not run on a node.

Why it breaks:
A ClusterIP exists only as rules that kube-proxy writes on every node. On a node without it no rule is written, and what was written before grows old:
clients there do not reach new Services, and go on to Pods that are gone. Clients on other nodes notice nothing.

How to fix:
kube-proxy's DaemonSet has to tolerate every taint and select every node of its operating system; where the Pod is only missing, describe the DaemonSet. A
kube-proxy that is a program of the node has to be started there. Nodes on which something else forwards ClusterIPs need none: Cilium without kube-proxy,
Calico's eBPF, OVN-Kubernetes, kube-router, GKE Dataplane V2, and k3s and k0s, which run it in their own process.

Look yourself:
kubectl get daemonset kube-proxy -n kube-system
kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide
kubectl get --raw /api/v1/nodes/NODE:10256/proxy/healthz

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#is-kube-proxy-running
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.at_vantage import AtVantage
from kubectl_svcdoctor.graph.proxy.kube_proxy import KubeProxy
from kubectl_svcdoctor.graph.proxy.node_states import FROM_THERE, NodeTroubles, missed, node_ref
from kubectl_svcdoctor.graph.proxy.proxy_pods import Without
from kubectl_svcdoctor.graph.proxy.vantage import pods_on, proxy_health
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service_proxy import HEALTH_PORT


@defect("NOD101", "kp-missing-on-node")
def kube_proxy_missing(troubles: NodeTroubles) -> Iterator[Problem]:
    """The node from which the address fails by itself; all others together, with their DaemonSet."""
    at = troubles.at if troubles.at and troubles.at.missing else None
    others = [entry for entry in troubles.missing if at is None or entry.node != at.node]
    if at:
        why = next((entry.why for entry in troubles.missing if entry.node == at.node), "")
        yield Problem(
            object=node_ref(at.node), node=at.node, severity=Severity.ERROR, partial=True,
            summary=f"kube-proxy does not run on node {at.node}: {missed(failing=True)}", evidence=tuple(_facts(at, why)),
            fix=Fix(f"see on node {at.node} why kube-proxy does not run", (pods_on(at.node), proxy_health(at.node)))
            if not troubles.found else _fix(troubles.found, bool(why)), explains=FROM_THERE,
        )
    if others and troubles.found:
        yield _others(troubles, troubles.found, others)


def _facts(at: AtVantage, why: str) -> Iterator[str]:
    if at.daemon:
        yield f"no Pod of DaemonSet kube-proxy is on that node{': ' * bool(why)}{why}"
    if at.state and at.state.outcome == "refused" and at.beside:
        yield f"nothing listens on its port {HEALTH_PORT}, on which kube-proxy of {_called(at.beside)} answers"


def _called(nodes: Sequence[str]) -> str:
    return f"node{'s' if len(nodes) > 1 else ''} {names(nodes)}"


def _others(troubles: NodeTroubles, found: KubeProxy, missing: Sequence[Without]) -> Problem:
    nodes = [entry.node for entry in missing]
    refused = [node for node in nodes if (state := troubles.state(node)) and state.outcome == "refused"]
    whys = list(dict.fromkeys(entry.why for entry in missing if entry.why))
    heard = f"nothing listens on kube-proxy's port {HEALTH_PORT} {'there' if len(nodes) == 1 else 'of ' + _called(refused)}" if refused else (
        "whether something else forwards ClusterIPs there was not checked")
    return Problem(
        object=node_ref(nodes[0]) if len(nodes) == 1 else found.daemon_set, node=nodes[0] if len(nodes) == 1 else "", severity=Severity.WARNING, partial=True,
        summary=f"kube-proxy does not run on {_called(nodes)}: {missed(failing=False)}",
        evidence=(*(f"DaemonSet {found.daemon_set.name}: {why}" for why in whys), heard), fix=_fix(found, bool(whys)),
    )


def _fix(found: KubeProxy, kept_off: bool) -> Fix:
    daemon_set = found.daemon_set
    return Fix("let DaemonSet kube-proxy run there: " + ("correct what keeps it off" if kept_off else "see why its Pod is not created"),
               (kubectl("describe", daemon_set, namespace=daemon_set.namespace),))
