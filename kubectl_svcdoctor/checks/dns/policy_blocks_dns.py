"""NetworkPolicies let the Pod talk to some, and the cluster's DNS is not among them.

Why it breaks:
A Pod that any policy selects for egress may talk only to what the policies together admit. Without a rule for the DNS servers on port 53
every lookup runs into its time-out, where the network plugin enforces policies.

How to fix:
Admit the DNS Pods on port 53, UDP and TCP, in a policy that selects the Pod.

Look yourself:
kubectl get networkpolicies -o yaml

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic
"""

from __future__ import annotations

import json

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import names
from kubectl_svcdoctor.graph.dns.client import NAMESPACE_LABEL, Client, Cornered
from kubectl_svcdoctor.graph.dns.from_pod import Differing, Unreached, Well
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT, ClusterDNS
from kubectl_svcdoctor.model.finding import Problem, Severity, patching


@defect("DNS113", "dns-networkpolicy-blocks-53")
def policy_blocks_dns(
    client: Client, shut: Cornered, dns: ClusterDNS, well: Well | None = None, away: Unreached | None = None, differing: Differing | None = None
) -> Problem | None:
    if well or differing:
        return None  # it was answered: the network plugin enforces no policy, or another way is open
    policy = shut.policies[0]
    tried = f"asked from the Pod, {away.address} gave no answer" if away else "whether the network plugin enforces policies was not tried"
    rule = {
        "to": [{"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: dns.namespace}}, "podSelector": {"matchLabels": dict(dns.service.selector)}}],
        "ports": [{"protocol": protocol, "port": DNS_PORT} for protocol in ("UDP", "TCP")],
    }
    change = [{"op": "add", "path": "/spec/egress/-", "value": rule}] if policy.spec.egress else [{"op": "add", "path": "/spec/egress", "value": [rule]}]
    return Problem(
        object=policy, severity=Severity.ERROR if away else Severity.WARNING, partial=client.chosen, field=("spec", "egress"),
        summary=f"Pod {client.pod.name} may not ask the cluster's DNS: no NetworkPolicy that limits its egress admits port {DNS_PORT} of {dns.namespace}",
        evidence=(f"its egress is limited by {names([policy.name for policy in shut.policies])}",
                  tried, *client.told),
        fix=patching("admit the DNS Pods", policy, json.loads(json.dumps(change))),
    )
