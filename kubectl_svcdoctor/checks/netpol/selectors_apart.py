"""A rule has a namespaceSelector and a podSelector as two items, and the podSelector picks nothing in the policy's own namespace.

Why it breaks:
Two items of a list are alternatives: all Pods of those namespaces are admitted, and Pods with those labels in the policy's own namespace. With both
selectors in one item, Pods with those labels in those namespaces are. One dash makes the difference. As no Pod of the own namespace has the labels, the
second item admits nobody, and the first admits more than was probably meant.

How to fix:
Write both selectors into one item, with one dash before them, if Pods with these labels in those namespaces are meant.

Look yourself:
kubectl describe networkpolicy NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.suspicions import Named, Split
from kubectl_svcdoctor.graph.netpol.words import peer_text, selector_text
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.policy import LabelSelector


@defect("POL107", "np-and-or-mixup")
def selectors_apart(found: Split, named: Named) -> Problem | None:
    """A remark: somebody may have wanted both, for Pods that are still to come."""
    if named:
        return None
    policy, wanted = found.policy, selector_text(found.pods.pod_selector or LabelSelector())
    return Problem(
        object=policy, severity=Severity.INFO, field=("spec", "ingress"),
        summary=f"NetworkPolicy {policy.name} admits all {peer_text(found.spaces)}; podSelector {wanted} is an item of its own",
        evidence=(f"no Pod of namespace {policy.namespace} has {wanted}, so that item admits nobody",),
        fix=Fix(f"if Pods with {wanted} of those namespaces are meant, write both selectors into one item of the list; that admits fewer",
                (kubectl("get", policy, "-o", "yaml", namespace=policy.namespace),)),
    )
