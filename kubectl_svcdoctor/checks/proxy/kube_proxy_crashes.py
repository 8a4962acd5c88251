"""kube-proxy of a node crashes, or does not start.

Why it breaks:
The rules that it has written stay, so most connections go on. What changes meanwhile is missed on that node: clients there do not reach new Services and
new Pods, and are still sent to those that are gone. If the node was restarted since, it has no rules at all.

How to fix:
Its log says why it ends: an unreadable ConfigMap kube-proxy, a kernel without what its mode needs, an API server that it cannot reach. Repair that, and
restart its Pods.

Look yourself:
kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide
kubectl logs -n kube-system POD --previous

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#is-kube-proxy-running
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.state import unready_words
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.node_states import FROM_THERE, NodeTroubles, missed, node_ref
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.workload import DaemonSet, Pod


@defect("NOD102", "kp-crash")
def kube_proxy_crashes(troubles: NodeTroubles) -> Iterator[Problem]:
    """The Pod of the node from which the address fails by itself; all others together, with their DaemonSet."""
    at = troubles.at.pod if troubles.at and troubles.at.down else None
    others = tuple(pod for pod in troubles.down if at is None or pod.name != at.name)
    if at:
        yield _problem((at,), None, failing=True)
    if others and troubles.found:
        yield _problem(others, troubles.found.daemon_set, failing=False)


def _problem(pods: tuple[Pod, ...], daemon_set: DaemonSet | None, failing: bool) -> Problem:
    nodes = [pod.spec.node_name for pod in pods]
    first = pods[0]
    restarts = max((status.restart_count for status in first.status.container_statuses), default=0)
    previous = ("--previous",) if restarts else ()
    return Problem(
        object=daemon_set if daemon_set and len(nodes) > 1 else node_ref(nodes[0]), node=nodes[0] if len(nodes) == 1 else "",
        severity=Severity.ERROR if failing else Severity.WARNING, partial=True,
        summary=f"kube-proxy of node{'s' if len(nodes) > 1 else ''} {names(nodes)} does not run: {missed(failing)}",
        evidence=(*map(unready_words, pods[:3]), *((count(restarts, "restart"),) if restarts else ()), "the rules that it has written stay on the node"),
        fix=Fix("read its log, and repair what ends it", (kubectl("logs", first.name, *previous, namespace=first.namespace),)),
        explains=FROM_THERE if failing else (),
    )
