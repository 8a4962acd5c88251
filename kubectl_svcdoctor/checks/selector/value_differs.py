"""The selector asks for a label value that no Pod has.

Why it breaks:
A Service sends traffic to the Pods that carry every label of its selector. One wrong value is enough to leave it without a single
endpoint; kube-proxy then refuses every connection. The Pods themselves look fine, which is why this is hard to see.

How to fix:
Set the selector to the value that the Pods have, or give the Pods' template the value that the selector asks for.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#services-in-kubernetes
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selection import NearMiss
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC201", "sel-no-match-value")
def selector_value_differs(service: Service, miss: NearMiss) -> Problem | None:
    if len(miss.values) != 1 or miss.keys or miss.extra:
        return None
    (key, (wanted, present)), = miss.values.items()
    command = f"kubectl -n {service.namespace} set selector service/{service.name} '{miss.corrected_text}'"
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector", key),
        summary=f"selector {key}={wanted} matches no Pod; {miss.whose} {key}={present}",
        evidence=miss.evidence,
        fix=patching(f"select {key}={present}", service, {"spec": {"selector": {key: present}}}, command),
    )
