"""NetworkPolicies limit whom the Pod may talk to, and none of them admits the cluster's DNS.

Why it breaks:
A Pod that any policy selects for egress may talk only to what the policies together admit. Without a rule for the ports on which the DNS
servers' Pods take queries every lookup runs into its time-out, where the network plugin enforces policies. Whether it does shows only from
inside of the Pod; until then this is a warning where the Pod names Services of the cluster, and a remark where it is not known to use names.

How to fix:
Admit the DNS Pods on the ports that the DNS Service targets, UDP and TCP, in a policy that selects the Pod.

Look yourself:
kubectl get networkpolicies -o yaml
kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.client import Client, DNSNotAllowed
from kubectl_svcdoctor.graph.dns.from_pod import Unreached, Well, WrongFromPod
from kubectl_svcdoctor.graph.netpol import adding
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.finding import Problem, Severity, patching


@defect("DNS113", "dns-networkpolicy-blocks-53")
def policy_blocks_dns(
    client: Client, shut: DNSNotAllowed, well: Well | None = None, away: Unreached | None = None, wrong: WrongFromPod | None = None
) -> Problem | None:
    """An error where queries from the Pod were seen to get no answer. A prediction is less: nothing but a query tells whether anybody enforces the policies.
    It is a warning where the Pod is known to use names of the cluster, and else a remark, since it may lose nothing."""
    if well or wrong:
        return None  # it was answered: the network plugin enforces no policy, or another way is open
    policy, pod = shut.policies[0], client.pod
    tried = f"asked from the Pod, {away.address} gave no answer" if away else \
        f"whether the network plugin enforces policies was not checked (--from pod/{pod.name})"
    return Problem(
        object=policy, severity=Severity.ERROR if away else Severity.WARNING if client.meant else Severity.INFO, partial=True, field=("spec", "egress"),
        summary=f"no NetworkPolicy allows Pod {pod.name} to send DNS queries to the cluster's DNS",
        evidence=(f"its egress is limited by NetworkPolicy {names([policy.name for policy in shut.policies])}", tried, *client.told),
        fix=patching("admit the DNS Pods", policy, adding(policy, shut.missing)),
    )
