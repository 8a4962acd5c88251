"""NetworkPolicies limit whom the client may call, and no rule lets it call the Pods behind the Service.

Why it breaks:
A Pod that any policy selects for egress may only call what the rules of all policies together name. Policies see the Pods' addresses and ports, not
those of the Service: a rule with an ipBlock for the cluster's Service addresses lets nothing through at most network plugins.

How to fix:
Add a rule for the Pods to a policy that selects the client: their labels, their namespace where it is another one, and their port. A client that
looks names up needs a rule for the cluster's DNS besides, on port 53 over UDP and TCP.

Look yourself:
kubectl get networkpolicies -n NAMESPACE -o yaml
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol import AnyPod, missing_rule
from kubectl_svcdoctor.graph.netpol.blocks import addresses, covers
from kubectl_svcdoctor.graph.netpol.judged import Bar, Barred, Calls
from kubectl_svcdoctor.graph.netpol.reasons import facts, narrowest, opening
from kubectl_svcdoctor.graph.proxy.denials import denial_text
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import labels


@defect("POL105", "np-egress-client")
def egress_client(service: Service, made: Calls, barred: Barred) -> Iterator[Problem]:
    for bar in barred.by("Egress"):
        policy = narrowest(bar.denial.policies)
        rule = missing_rule("Egress", policy.namespace, AnyPod(service.namespace, labels(service.selector)), *bar.ports)
        yield Problem(
            object=policy, port=bar.port.label, severity=Severity.ERROR if bar.seen else Severity.INFO, partial=True, field=("spec", "egress"),
            summary=f"no NetworkPolicy lets Pod {made.client.pod.name} call the Pods of Service {service.name} on port {bar.words}",
            evidence=(*facts(bar), denial_text(bar.denial), *_blocks(service, bar)),
            fix=opening(f"let it call the Pods of the Service on port {bar.words}", policy, rule),
        )


def _blocks(service: Service, bar: Bar) -> Iterator[str]:
    """Rules for the Service's own address, which a packet does not carry any more where policies look at it."""
    for policy in bar.denial.policies:
        for rule in policy.rules("Egress"):
            for block in (peer.ip_block for peer in rule.peers if peer.ip_block):
                if service.spec.cluster_ip and not service.headless and covers(block, addresses((service.spec.cluster_ip,))) is True:
                    yield (f"ipBlock {block.cidr} of NetworkPolicy {policy.name} holds the Service's address {service.spec.cluster_ip}, and policies see "
                           "the addresses of the Pods behind it")
                    return
