"""A client reaches Pods that NetworkPolicies do not let it reach: nobody enforces them there.

Why it breaks:
NetworkPolicies are enforced by the network plugin, and some plugins do not (flannel). The policies exist and protect nothing. A connection that is older than a
policy, or a policy that was created a moment ago, looks the same for a while.

How to fix:
Nothing, if this is known. Else use a network plugin that enforces NetworkPolicies, or add an engine for them, such as kube-router or Calico beside flannel.

Look yourself:
kubectl get networkpolicies -A
kubectl get daemonsets -A

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.judged import Calls
from kubectl_svcdoctor.graph.netpol.verdict import Denied
from kubectl_svcdoctor.graph.proxy.denials import denial_text
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.questions import at


@defect("POL106", "np-not-enforced")
def not_enforced(made: Calls) -> Problem | None:
    through = made.unenforced
    if not through:
        return None
    call = through[0]
    denials = call.verdict.by if isinstance(call.verdict, Denied) else ()
    policy = denials[0].policies[0]
    return Problem(
        object=policy, severity=Severity.INFO, partial=True,
        summary=f"Pod {made.client.pod.name} reaches Pod {call.pod.name}, which NetworkPolicy {policy.name} does not allow: it is not enforced there",
        evidence=(f"{at(call.pod.status.pod_ip, call.number)} on node {call.pod.spec.node_name} accepts connections from there",
                  *map(denial_text, denials)),
    )
