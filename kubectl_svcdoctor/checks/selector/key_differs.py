"""The selector has the right value under a key that the Pods do not use.

Why it breaks:
Labels match by key and value together. A Pod with app=web is not picked by a selector name=web, nor by one
that has key and value the wrong way round, so the Service has no endpoint although everything runs.

How to fix:
Use the key that the Pods have. A patch that only adds the right key is not enough, since the wrong one stays
and must match as well.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.fixes import bearers, evidence, fit
from kubectl_svcdoctor.graph.selector.variants import KeyDiffers
from kubectl_svcdoctor.graph.selector.words import pairs
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC202", "sel-wrong-key")
def selector_key_differs(service: Service, miss: KeyDiffers) -> Problem:
    difference = miss.candidate.difference
    wanted = {key: service.selector[key] for key in (*difference.keys, *difference.swapped)}
    present = {other: service.selector[key] for key, other in difference.keys.items()}
    present |= {value: key for key, value in difference.swapped.items()}
    manner = " (swapped)" if difference.swapped else ""
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector", next(iter(wanted))),
        summary=line(f"selector {pairs(wanted)} matches no Pod; {bearers(miss.candidate)} {pairs(present)}{manner}"),
        evidence=evidence(miss), fix=fit(service, miss),
    )
