"""The Service of the cluster's DNS selects no Pod, while DNS servers run under other labels.

Why it breaks:
Pods have the DNS Service's ClusterIP as their nameserver. With a selector that matches nothing there is no endpoint behind it, and every
lookup fails, although the DNS servers are up.

How to fix:
Give the Service the labels that the DNS Pods carry, or the Pods the labels that the Service selects.

Look yourself:
kubectl -n kube-system get service kube-dns -o jsonpath='{.spec.selector}'
kubectl -n kube-system get pods --show-labels

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#is-dns-service-up
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.state import SelectorMisses
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.finding import Problem, Severity, patching


@defect("DNS102", "dns-service-selector")
def service_selects_none(missing: SelectorMisses) -> Problem:
    service = missing.service
    selector, carried = pairs(service.selector), pairs(missing.labels)
    body = {"spec": {"selector": {**dict.fromkeys(service.selector), **missing.labels}}}
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector"),
        summary=f"names do not resolve: Service {service.namespace}/{service.name} selects {selector or 'nothing'}, and the DNS Pods carry {carried}",
        evidence=(f"{count(missing.pods, 'DNS Pod')} in namespace {service.namespace}, and none of them is behind the Service",),
        fix=patching("select the DNS Pods by the labels that they carry", service, body),
    )
