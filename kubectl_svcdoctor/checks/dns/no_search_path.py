"""The Pod's dnsConfig names the cluster's nameserver and no search domain of the cluster, so that short names of Services do not resolve.

Why it breaks:
With dnsPolicy None the kubelet writes into resolv.conf what dnsConfig says and nothing else. `web` and `web.shop` are no names by themselves: the resolver
completes them with search domains such as NAMESPACE.svc.cluster.local. Without one only full names (`web.shop.svc.cluster.local`) resolve.

How to fix:
Use dnsPolicy ClusterFirst (the default), which adds the search path; or name the search domains in dnsConfig; or let the client use full names.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.dnsPolicy} {.spec.dnsConfig}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.client import Client, foreign
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.pods.template import in_template
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.questions import Looked


@defect("DNS138", "dns-none-without-search")
def no_search_path(client: Client, dns: ClusterDNS, seen: Looked | None = None) -> Problem | None:
    """What the specification alone shows; with a look into the Pod's resolv.conf its search path is tried. Without search domains on purpose is a remark."""
    pod, config = client.pod, client.pod.spec.dns_config
    if seen is not None or config is None or pod.spec.dns_policy != "None":
        return None
    ours = any(address in dns.service.spec.cluster_ips or not foreign(address) for address in config.nameservers)
    if not ours or any("svc" in domain.split(".") for domain in config.searches):
        return None
    short = [host for host in client.meant if "svc" not in host.split(".")]
    given = f"only {' '.join(config.searches)}" if config.searches else "no search domain"
    used = f"its variables or arguments name {', '.join(short[:3])}" if short else "nothing in its variables or arguments shows that it uses short names"
    return Problem(
        object=pod, severity=Severity.WARNING if short else Severity.INFO, partial=True, field=("spec", "dnsConfig"),
        summary=f"short names of Services do not resolve in Pod {pod.name}: its dnsPolicy is None, and its dnsConfig has {given}",
        evidence=(used, "full names, which end in the cluster's domain, are not concerned"),
        fix=in_template(pod, "let the kubelet write the search path", {"dnsPolicy": "ClusterFirst"}),
    )
