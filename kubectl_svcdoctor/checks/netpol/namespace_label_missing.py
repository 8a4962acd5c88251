"""A NetworkPolicy picks namespaces by a label that no Namespace has.

Why it breaks:
A namespaceSelector looks at the labels of Namespace objects, not at their names. A rule whose selector picks no Namespace admits nobody. The only label
that every Namespace has is kubernetes.io/metadata.name, with its name as the value.

How to fix:
Select the namespace by kubernetes.io/metadata.name, or give it the label that the policy asks for.

Look yourself:
kubectl get namespaces --show-labels
kubectl get networkpolicies -n NAMESPACE -o yaml

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.backends import Isolated
from kubectl_svcdoctor.graph.netpol.enforced import Prediction
from kubectl_svcdoctor.graph.netpol.mistakes import NoNamespace, NoNamespaces
from kubectl_svcdoctor.graph.netpol.policies import NAMESPACE_LABEL
from kubectl_svcdoctor.graph.netpol.reasons import Reason, Reasons, facts
from kubectl_svcdoctor.graph.netpol.words import selector_text
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.policy import LabelSelector


@defect("POL104", "np-ns-label-missing")
def namespace_label_missing(
    gone: NoNamespaces, isolated: Isolated, predicted: Prediction, reasons: Reasons | None = None
) -> Iterator[Problem]:
    """A remark where the namespace that is meant is not known to be there and others are admitted: it may be one that this cluster lacks on purpose."""
    told: set[str] = set()
    for entry in sorted(gone, key=lambda entry: _met(entry, reasons or ()) is None):
        if entry.policy.name in told:
            continue
        told.add(entry.policy.name)
        met = _met(entry, reasons or ())
        sure = bool(entry.meant) or _nobody_else(isolated, gone)
        severity = Severity.ERROR if met else predicted.severity if sure else Severity.INFO
        wanted = selector_text(entry.selector)
        yield Problem(
            object=entry.policy, severity=severity, partial=met is not None, field=("spec", "ingress"),
            summary=f"NetworkPolicy {entry.policy.name} admits Pods of namespaces with {wanted}, and no Namespace has that",
            evidence=(*(facts(met.bar) if met else (predicted.told,)),
                      f"Namespace {entry.meant} has no label {wanted}; its name is its label {NAMESPACE_LABEL}" if entry.meant else
                      f"only {NAMESPACE_LABEL} is a label that every Namespace has"),
            fix=_fix(entry),
        )


def _met(entry: NoNamespace, reasons: Iterable[Reason]) -> Reason | None:
    return next((reason for reason in reasons if reason.cause == entry and reason.bar.seen), None)


def _nobody_else(isolated: Isolated, gone: NoNamespaces) -> bool:
    """Whether the rules admit nobody but for namespaces that do not exist."""
    dead = {(entry.policy.name, entry.rule_place, entry.place) for entry in gone}
    return all(rule.peers and all((policy.name, rule_place, place) in dead for place in range(len(rule.peers)))
               for policy, rule_place, rule in isolated.rules())


def _fix(entry: NoNamespace) -> Fix:
    if not entry.meant:
        return Fix("give the namespace of the clients that label, or select it by its name", (kubectl("get", "namespaces", "--show-labels"),))
    path = f"/spec/ingress/{entry.rule_place}/from/{entry.place}/namespaceSelector"
    return patching(f"select Namespace {entry.meant} by its name", entry.policy, [
        {"op": "test", "path": path, "value": _written(entry.selector)},
        {"op": "replace", "path": path, "value": {"matchLabels": {NAMESPACE_LABEL: entry.meant}}}])


def _written(selector: LabelSelector) -> dict[str, object]:
    terms = [{"key": term.key, "operator": term.operator, **({"values": list(term.values)} if term.values else {})} for term in selector.match_expressions]
    return {**({"matchLabels": dict(selector.match_labels)} if selector.match_labels else {}), **({"matchExpressions": terms} if terms else {})}
