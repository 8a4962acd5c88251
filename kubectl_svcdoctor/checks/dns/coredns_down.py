"""DNS servers of the cluster are not ready, so names do not resolve.

Why it breaks:
Pods ask the cluster's DNS for every name of a Service. With no server ready every lookup fails or waits until it times out, while the
ClusterIP itself still works. With some servers down the others carry the load.

How to fix:
Look at why the Pods of the DNS servers wait, crash or stay unready; where their node is gone, bring it back, or delete the Node so that they
are recreated on another one.

Look yourself:
kubectl -n kube-system get pods -l k8s-app=kube-dns
kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.state import Away, ServerNode
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.meta import ObjectRef, is_true


@symptom("DNS101", "dns-coredns-down")
def coredns_down(away: Away, nodes: ServerNode | None = None) -> Problem:
    made = away.deployment
    if away.ready:
        summary = f"{len(away.unready)} of {away.ready + len(away.unready)} DNS servers of the cluster {'is' if len(away.unready) == 1 else 'are'} not ready"
    elif made is not None and made.wanted == 0:
        summary = f"names do not resolve: the cluster's DNS, Deployment {made.name}, is scaled to zero"
    else:
        summary = "names do not resolve: no DNS server of the cluster is ready"
    gone = _gone(away, nodes)
    behind = f"Service {away.service.namespace}/{away.service.name} has {'no' if not away.ready else away.ready} ready server behind it"
    return Problem(
        object=away.service, severity=Severity.WARNING if away.ready else Severity.ERROR, partial=bool(away.ready),
        summary=summary + (f": {gone}" if gone else ""), evidence=tuple(fact for fact in (behind, away.words) if fact),
        fix=_fix(away, bool(gone)),
    )


def _gone(away: Away, nodes: ServerNode | None) -> str:
    """What is wrong with the node of the first server that is not ready; empty where that was not read or is well."""
    if nodes is None:
        return ""
    node = away.unready[0].spec.node_name
    if not nodes:
        return f"its node {node} does not exist any more"
    return "" if is_true(nodes[0].status.conditions, "Ready") else f"its node {node} is not ready"


def _fix(away: Away, gone: bool) -> Fix:
    made, namespace = away.deployment, away.service.namespace
    if made is not None and made.wanted == 0:
        return patching("run two DNS servers again", made, {"spec": {"replicas": 2}},
                        kubectl("scale", made, "--replicas=2", namespace=namespace))
    if gone:
        node = ObjectRef("v1", "Node", "", away.unready[0].spec.node_name)
        return Fix(f"bring node {node.name} back", (kubectl("describe", node), kubectl("get", "nodes", "-o", "wide")))
    if away.unready:
        pod = away.unready[0]
        return Fix("find out why the DNS server is not ready", (
            kubectl("describe", pod, namespace=namespace), kubectl("logs", pod, "--tail=20", namespace=namespace)))
    return Fix("find out why no Pods of the DNS servers are created", (kubectl("get", "deployments,replicasets,daemonsets,events", namespace=namespace),))
