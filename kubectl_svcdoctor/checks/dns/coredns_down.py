"""DNS servers of the cluster are not ready, so names do not resolve.

Why it breaks:
Pods ask the cluster's DNS for every name of a Service. With no server ready every lookup fails or waits until it times out, while the
ClusterIP itself still works. With some servers down the others carry the load.

How to fix:
Bring the Pods of the DNS Deployment up: look at why they wait, crash or stay unready.

Look yourself:
kubectl -n kube-system get pods -l k8s-app=kube-dns
kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.state import Away
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching


@symptom("DNS101", "dns-coredns-down")
def coredns_down(away: Away) -> Problem:
    made = away.deployment
    if away.ready:
        summary = f"{len(away.unready)} of {away.ready + len(away.unready)} DNS servers of the cluster are not ready"
    elif made is not None and made.wanted == 0:
        summary = f"names do not resolve: the cluster's DNS, Deployment {made.name}, is scaled to zero"
    else:
        summary = "names do not resolve: no DNS server of the cluster is ready"
    behind = f"Service {away.service.namespace}/{away.service.name} has {'no' if not away.ready else away.ready} ready server behind it"
    return Problem(
        object=away.service, severity=Severity.WARNING if away.ready else Severity.ERROR, partial=bool(away.ready),
        summary=summary, evidence=tuple(fact for fact in (behind, away.words) if fact),
        fix=_fix(away),
    )


def _fix(away: Away) -> Fix:
    made, namespace = away.deployment, away.service.namespace
    if made is not None and made.wanted == 0:
        return patching("run two DNS servers again", made, {"spec": {"replicas": 2}},
                        f"kubectl -n {namespace} scale deployment {made.name} --replicas=2")
    if away.unready:
        pod = away.unready[0].name
        return Fix("find out why the DNS server does not come up", (
            f"kubectl -n {namespace} describe pod {pod}", f"kubectl -n {namespace} logs {pod} --tail=20"))
    return Fix("find out why the DNS Pods are not made", (f"kubectl -n {namespace} get deployments,replicasets,daemonsets,events",))
