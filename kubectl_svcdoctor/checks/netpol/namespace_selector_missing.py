"""A NetworkPolicy names the client's labels without a namespaceSelector, so that it means Pods of its own namespace only.

Why it breaks:
A podSelector alone picks Pods in the namespace of the policy. A client of another namespace, such as an ingress controller, is not admitted by it,
whatever its labels.

How to fix:
Name the client's namespace in the same item of the list: namespaceSelector and podSelector together, with one dash before both.

Look yourself:
kubectl get networkpolicies -n NAMESPACE -o yaml

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.mistakes import replace_peers
from kubectl_svcdoctor.graph.netpol.policies import NAMESPACE_LABEL
from kubectl_svcdoctor.graph.netpol.reasons import OwnNamespaceOnly, Reason, Reasons, facts, opening
from kubectl_svcdoctor.graph.netpol.words import peer_text
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.policy import LabelSelector


@defect("POL103", "np-namespace-selector-missing")
def namespace_selector_missing(reasons: Reasons) -> Iterator[Problem]:
    for reason in reasons:
        if isinstance(reason.cause, OwnNamespaceOnly):
            yield _problem(reason, reason.cause)


def _problem(reason: Reason, cause: OwnNamespaceOnly) -> Problem:
    bar, pod = reason.bar, reason.client.pod
    peer = replace(cause.peer, namespace_selector=LabelSelector({NAMESPACE_LABEL: pod.namespace}))
    return Problem(
        object=cause.policy, port=bar.port.label, severity=Severity.ERROR if bar.seen else Severity.INFO, partial=True, field=("spec", "ingress"),
        summary=f"NetworkPolicy {cause.policy.name} admits {peer_text(cause.peer)} in its own namespace only; Pod {pod.name} is in {pod.namespace}",
        evidence=(*facts(bar), f"without namespaceSelector a podSelector means Pods of namespace {cause.policy.namespace}"),
        fix=opening(f"admit such Pods of namespace {pod.namespace}", cause.policy, replace_peers(cause.rule, (peer,))),
    )
