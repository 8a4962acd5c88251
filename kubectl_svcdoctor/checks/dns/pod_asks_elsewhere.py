"""The Pod asks nameservers that do not know the cluster's names.

Why it breaks:
What a Pod asks stands in its /etc/resolv.conf, which the kubelet writes when the Pod starts and never again. A Pod that is older than a
change of the kubelet's clusterDNS, whose image or start script writes the file itself, or that was given another dnsPolicy, asks somebody
who has never heard of the cluster's Services.

How to fix:
Recreate the Pod, so that the kubelet writes the file again; if that changes nothing, see who writes it: dnsPolicy and dnsConfig of the Pod,
the start script of the image, or clusterDNS of the kubelet.

Look yourself:
kubectl exec POD -- cat /etc/resolv.conf

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Elsewhere
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.state import is_dns
from kubectl_svcdoctor.graph.dns.words import reply_text
from kubectl_svcdoctor.graph.pods.template import replaced
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import UNANSWERED
from kubectl_svcdoctor.model.workload import Pod


@symptom("DNS131", "dns-pod-asks-elsewhere")
def pod_asks_elsewhere(heard: Elsewhere, client: VantagePod, dns: ClusterDNS) -> Problem | None:
    pod = client[0]
    if is_dns(pod.spec, pod.labels):
        return None  # a DNS server asks its node's nameservers, as it must
    return Problem(
        object=pod, severity=Severity.ERROR, partial=True,
        summary=f"Pod {pod.name} asks {heard.address}, which is not the cluster's DNS and {_fault(heard)}",
        evidence=(f"its resolv.conf says so; the cluster's DNS is at {dns.service.spec.cluster_ip}",
                  f"asked from the Pod for the DNS Service's own name: {reply_text(heard.own)}",
                  f"the Pod has dnsPolicy {pod.spec.dns_policy}"),
        fix=_fix(heard, pod),
    )


def _fix(heard: Elsewhere, pod: Pod) -> Fix:
    """A new Pod helps only where the kubelet would write the cluster's nameserver."""
    if pod.spec.dns_policy == "ClusterFirst" and not pod.spec.host_network and replaced(pod):
        return Fix(f"delete Pod {pod.name}, so that its controller recreates it and the kubelet writes resolv.conf again; "
                   "if that changes nothing, see clusterDNS of the kubelet, or the image's start script",
                   (kubectl("delete", pod, namespace=pod.namespace),))
    return Fix("see what wrote its resolv.conf: dnsPolicy and dnsConfig, the image's start script, or the kubelet when the Pod was created", (
        kubectl("exec", pod, "-c", heard.vantage.container, "--", "cat", "/etc/resolv.conf", namespace=pod.namespace),))


def _fault(heard: Elsewhere) -> str:
    return "gives no answer" if heard.own.status in UNANSWERED else "does not know the cluster's names"
