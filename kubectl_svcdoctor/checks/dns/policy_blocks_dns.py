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
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT, ClusterDNS
from kubectl_svcdoctor.model.finding import Problem, Severity, patching


@defect("DNS113", "dns-networkpolicy-blocks-53")
def policy_blocks_dns(client: Client, shut: Cornered, dns: ClusterDNS) -> Problem:
    policy = shut.policies[0]
    rule = {
        "to": [{"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: dns.namespace}}, "podSelector": {"matchLabels": dict(dns.service.selector)}}],
        "ports": [{"protocol": protocol, "port": DNS_PORT} for protocol in ("UDP", "TCP")],
    }
    change = [{"op": "add", "path": "/spec/egress/-", "value": rule}] if policy.spec.egress else [{"op": "add", "path": "/spec/egress", "value": [rule]}]
    return Problem(
        object=policy, severity=Severity.WARNING, field=("spec", "egress"),
        summary=f"Pod {client.pod.name} may not ask the cluster's DNS: no NetworkPolicy that limits its egress admits port {DNS_PORT} of {dns.namespace}",
        evidence=(f"its egress is limited by {names([policy.name for policy in shut.policies])}",
                  "whether the network plugin enforces policies was not tried", *client.told),
        fix=patching("admit the DNS Pods", policy, json.loads(json.dumps(change))),
    )
