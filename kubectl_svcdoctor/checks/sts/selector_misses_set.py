"""The governing Service selects other Pods than those of its StatefulSet.

Why it breaks:
Only Pods that the governing Service selects become its endpoints, and only endpoints have names in DNS. The StatefulSet's Pods are not among
them, so their own names do not resolve, and the Service's name leads to others.

How to fix:
Give the Service a selector that the StatefulSet's template labels match.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get statefulset NAME -o jsonpath='{.spec.template.metadata.labels}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#components
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import pairs
from kubectl_svcdoctor.graph.sts.governed import Governed
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("HLS106", "sts-selector-other-pods")
def selector_misses_set(governed: Governed, service: Service, pods: SelectedPods) -> Problem | None:
    item, labels = governed.set, governed.set.template_labels
    if governed.governing != service.name or not service.headless or not pods or service.selector.items() <= labels.items():
        return None
    if any((owner := pod.metadata.controller) and (owner.kind, owner.name) == ("StatefulSet", item.name) for pod in pods):
        return None
    wanted = item.spec.selector.match_labels
    body = {"spec": {"selector": {**dict.fromkeys(service.selector), **wanted}}}
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector"),
        summary=f"{governed.first_name}.{service.name} does not resolve: Service {service.name} selects other Pods than those of StatefulSet {item.name}",
        evidence=(f"it selects {names(sorted(pod.name for pod in pods))}",
                  f"the StatefulSet's Pods carry {pairs(labels)}"),
        fix=patching("select the StatefulSet's Pods", service, body),
    )
