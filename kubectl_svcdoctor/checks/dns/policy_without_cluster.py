"""The Pod's dnsPolicy leaves the cluster's DNS out.

Why it breaks:
With dnsPolicy Default a Pod gets the resolv.conf of its node, with None only what dnsConfig says. Without the cluster's nameserver no
Service has a name there; without its search domains only full names resolve.

How to fix:
Use dnsPolicy ClusterFirst (the default), or name the cluster's nameserver and search domains in dnsConfig.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.dnsPolicy} {.spec.dnsConfig}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.client import Client, foreign
from kubectl_svcdoctor.graph.dns.from_pod import Well
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.state import is_dns
from kubectl_svcdoctor.graph.pods.template import in_template
from kubectl_svcdoctor.model.finding import Problem, Severity


@defect("DNS110", "dns-policy-default-none")
def policy_without_cluster(client: Client, dns: ClusterDNS, well: Well | None = None) -> Problem | None:
    pod, config = client.pod, client.pod.spec.dns_config
    if well or pod.spec.dns_policy not in ("Default", "None") or is_dns(pod.spec, pod.labels):
        return None
    servers = config.nameservers if config else ()
    if any(address in dns.service.spec.cluster_ips or not foreign(address) for address in servers):
        return None
    asks = f"asks {', '.join(servers)}" if servers else "asks the nameservers of its node"
    return Problem(
        object=pod, severity=Severity.ERROR if client.uses else Severity.INFO, partial=client.chosen, field=("spec", "dnsPolicy"),
        summary=f"Pod {pod.name} does not ask the cluster's DNS: with dnsPolicy {pod.spec.dns_policy} it {asks}",
        evidence=(f"the cluster's DNS is at {dns.service.spec.cluster_ip}", *client.told),
        fix=in_template(pod, "let it ask the cluster's DNS", {"dnsPolicy": "ClusterFirst"}),
    )
