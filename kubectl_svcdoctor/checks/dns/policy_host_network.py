"""The Pod uses the node's network with dnsPolicy ClusterFirst, which then means the node's own resolver.

Why it breaks:
For a Pod with hostNetwork the kubelet treats ClusterFirst as Default: the Pod gets the resolv.conf of its node, whose nameservers know no
Service of the cluster. Names outside of the cluster resolve.

How to fix:
Set dnsPolicy: ClusterFirstWithHostNet in the Pod template.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.hostNetwork} {.spec.dnsPolicy}'
kubectl exec NAME -- cat /etc/resolv.conf

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.client import Client
from kubectl_svcdoctor.graph.dns.from_pod import Well
from kubectl_svcdoctor.graph.pods.template import in_template
from kubectl_svcdoctor.model.finding import Problem, Severity


@defect("DNS109", "dns-policy-hostnetwork")
def policy_host_network(client: Client, well: Well | None = None) -> Problem | None:
    pod = client.pod
    if well or not pod.spec.host_network or pod.spec.dns_policy != "ClusterFirst":
        return None
    return Problem(
        object=pod, severity=Severity.ERROR if client.uses else Severity.INFO, partial=client.chosen, field=("spec", "dnsPolicy"),
        summary=f"Pod {pod.name} resolves names as its node does, and finds no Service: it has hostNetwork and dnsPolicy ClusterFirst",
        evidence=client.told,
        fix=in_template(pod, "let it ask the cluster's DNS", {"dnsPolicy": "ClusterFirstWithHostNet"}),
    )
