"""The selector asks for one label more than the Pods have.

Why it breaks:
A Pod must carry every pair of the selector. A pair that charts, tools or people add later (component, tier,
version) shuts out all Pods whose template was made without it. The hash of a revision, which `kubectl expose`
copies from a ReplicaSet or Pod, matches until the next rollout.

How to fix:
Take the pair out of the selector, or add the label to the Pods' template when it is needed to tell workloads
apart.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.comparison import DELIVERED
from kubectl_svcdoctor.graph.selector.fixes import bearers, evidence, fit, look, relabel, role, unfollowed
from kubectl_svcdoctor.graph.selector.variants import ExtraLabel
from kubectl_svcdoctor.graph.selector.words import pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC203", "sel-extra-label")
def selector_asks_for_more(service: Service, miss: ExtraLabel) -> Problem:
    difference = miss.candidate.difference
    extra = {**difference.missing, **difference.revision}
    rest = "all other labels of the selector" if len(difference.equal) > 1 else pairs(difference.equal)
    without = "but of another revision" if difference.revision else "but not this one" if len(extra) == 1 else "but not these"
    return Problem(
        object=service, severity=Severity.INFO if unfollowed(miss.candidate) else Severity.ERROR,
        field=("spec", "selector", next(iter(extra))),
        summary=line(f"selector {pairs(extra)} matches no Pod; {bearers(miss.candidate)} {rest} {without}"),
        evidence=evidence(miss)[int(len(difference.equal) == 1):], fix=_fix(service, miss),
    )


def _fix(service: Service, miss: ExtraLabel) -> Fix:
    """Fewer pairs, unless they would pick other workloads too: then the Service's namesake gets the label."""
    candidate = miss.candidate
    if DELIVERED in candidate.difference.revision:
        # A selector without the pair sends clients to versions that nobody has promoted.
        return Fix("leave the selector to Argo Rollouts, which writes this pair: see which version it holds active, and what keeps that one without Pods",
                   (kubectl("get", "rollouts.argoproj.io", namespace=service.namespace),
                    kubectl("get", "replicasets", "--show-labels", namespace=service.namespace)))
    if not miss.besides or candidate.difference.revision or role(candidate):
        return fit(service, miss)
    labelled = relabel(candidate.workload, candidate.difference.missing) if candidate.workload and candidate.namesake else None
    others = ", ".join(str(entry.ref) for entry in miss.besides[:2])
    why = f"without the pair the selector would pick {others} as well: give the label to the Pods that are meant"
    return labelled or look(service, why)
