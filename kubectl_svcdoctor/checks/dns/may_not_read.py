"""The DNS servers may not read Services or EndpointSlices, so they have no names to serve.

Why it breaks:
CoreDNS watches Services, EndpointSlices and Namespaces. Without the right it waits for its first list for ever: a fresh server never gets
ready, one that ran before keeps what it knew.

How to fix:
Give the service account of the DNS Pods list and watch on Services, EndpointSlices and Namespaces (upstream: the ClusterRole and the
ClusterRoleBinding system:coredns). A role and a binding of their own take nothing away from those that are there.

Look yourself:
kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20 | grep forbidden
kubectl get clusterrole,clusterrolebinding system:coredns

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#does-coredns-have-sufficient-permissions
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.state import MayNotRead
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity

ROLE = "cluster-dns-reader"
SERVED = "services,pods,namespaces,endpointslices.discovery.k8s.io"


@defect("DNS106", "dns-rbac")
def may_not_read(denied: MayNotRead) -> Problem:
    account = denied.user.removeprefix("system:serviceaccount:").replace(":", "/")
    word = "some DNS servers are not ready" if denied.ready else "names do not resolve: the DNS servers are not ready"
    return Problem(
        object=denied.service, severity=Severity.ERROR, partial=denied.ready > 0,
        summary=f"{word} because their service account {account} may not read {denied.resource}",
        evidence=(f"Pod {denied.unready[0].name} says: {line(denied.words)}",) if denied.unready else (),
        fix=Fix("let it list and watch what it serves", (
            kubectl("create", "clusterrole", ROLE, "--verb=list,watch", f"--resource={SERVED}"),
            kubectl("create", "clusterrolebinding", ROLE, f"--clusterrole={ROLE}", _subject(denied.user)))),
    )


def _subject(user: str) -> str:
    prefix = "system:serviceaccount:"
    return f"--serviceaccount={user.removeprefix(prefix)}" if user.startswith(prefix) else f"--user={user}"
