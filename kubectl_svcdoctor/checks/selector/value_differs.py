"""The selector asks for a label value that no Pod has.

Why it breaks:
A Service sends traffic to the Pods that carry every label of its selector. One wrong value is enough to leave
it without a single endpoint; kube-proxy then refuses every connection. The Pods themselves look fine, which
is why this is hard to see.

How to fix:
Set the selector to the value that the Pods have, or give the Pods' template the value that the selector asks
for. `kubectl set selector` replaces the whole selector, so name every pair. A label that an operator gives to
running Pods, such as their role, is no typing error: there, find out why no Pod has the role.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#does-the-service-have-any-endpointslices
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.fixes import bearers, evidence, fit, unfollowed
from kubectl_svcdoctor.graph.selector.variants import ValueDiffers
from kubectl_svcdoctor.graph.selector.words import pairs
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC201", "sel-no-match-value")
def selector_value_differs(service: Service, miss: ValueDiffers) -> Problem:
    difference = miss.candidate.difference
    wanted = {key: value for key, (value, _) in difference.values.items()}
    present = {key: value for key, (_, value) in difference.values.items()}
    return Problem(
        object=service, severity=Severity.INFO if unfollowed(miss.candidate) else Severity.ERROR,
        field=("spec", "selector", next(iter(wanted))),
        summary=line(f"selector {pairs(wanted)} matches no Pod; {bearers(miss.candidate)} {pairs(present)}"),
        evidence=evidence(miss), fix=fit(service, miss),
    )
