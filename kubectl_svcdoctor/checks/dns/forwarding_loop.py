"""A DNS server forwards queries to itself, notices the loop and ends.

Why it breaks:
CoreDNS forwards names outside of the cluster to the nameservers of /etc/resolv.conf, which the kubelet copies from the node. Where that
names a resolver on 127.0.0.0/8 or ::1 (systemd-resolved, dnsmasq), the server asks itself. Its loop plugin finds out and ends the
process, over and over.

How to fix:
Let the kubelet hand out the file with the real nameservers (resolvConf: /run/systemd/resolve/resolv.conf), or name them in the Corefile's
forward line.

Look yourself:
kubectl -n kube-system logs -l k8s-app=kube-dns --previous --tail=5
kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'

Reference:
https://coredns.io/plugins/loop/#troubleshooting-loops-in-kubernetes-clusters
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.state import Looping, corefile_of
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.workload import Pod


@defect("DNS105", "dns-loop")
def forwarding_loop(loop: Looping) -> Problem:
    namespace = loop.service.namespace
    some = f"{len(loop.unready)} of {count(loop.ready + len(loop.unready), 'DNS server')} crash"
    word = some if loop.ready else "names do not resolve: the DNS servers crash"
    return Problem(
        object=loop.service, severity=Severity.ERROR, partial=loop.ready > 0,
        summary=f"{word} because they forward queries to themselves",
        evidence=(f"Pod {loop.unready[0].name} ended with: {line(loop.words)}",),
        fix=Fix("forward to real nameservers: name them in the Corefile's forward line, or let resolvConf of the kubelets name a file that does; "
                "servers that crash read it at their next start", (
                    kubectl("get", ObjectRef("v1", "ConfigMap", namespace, corefile_of(loop)), "-o", "jsonpath={.data.Corefile}", namespace=namespace),
                    kubectl("logs", loop.unready[0], *_previous(loop.unready[0]), "--tail=5", namespace=namespace))),
    )


def _previous(pod: Pod) -> tuple[str, ...]:
    """A container that waits for its restart has ended in its present run."""
    return () if any(status.state.terminated for status in pod.status.container_statuses) else ("--previous",)
