"""Pods have a subdomain and no hostname, so they have no per-Pod DNS names.

Why it breaks:
A Pod has a record below its headless Service only with both: subdomain equal to the Service's name, and a hostname. A subdomain alone, as in
the template of a Deployment, changes nothing but the Pod's own idea of its full name.

How to fix:
Use a StatefulSet, or set hostname in Pods that are created one by one. Where only the Service's name is used, remove the subdomain.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.hostname} {.spec.subdomain}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service


@defect("HLS110", "hl-subdomain-no-hostname")
def subdomain_without_hostname(service: Service, pods: SelectedPods) -> Problem | None:
    found = sorted(pod.name for pod in pods if pod.spec.subdomain == service.name and not pod.spec.hostname and not pod.finished)
    if not service.headless or not found:
        return None
    return Problem(
        object=service, severity=Severity.INFO,
        summary=f"{count(len(found))} behind the headless Service {service.name} with its name as subdomain and no hostname: no per-Pod DNS names",
        evidence=(f"Pod {found[0]} is one of them",),
        fix=Fix("use a StatefulSet where clients need the names of single Pods", (
            kubectl("get", ObjectRef("v1", "Pod", service.namespace, found[0]), "-o", "yaml", namespace=service.namespace),)),
    )
