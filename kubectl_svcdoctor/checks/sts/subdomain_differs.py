"""Pods have a hostname, and a subdomain that is not the headless Service which selects them.

Why it breaks:
An endpoint gets its hostname only in the Service that the Pod's subdomain names. With another subdomain HOSTNAME.SERVICE does not exist.

How to fix:
Set the subdomain to the Service's name in the template of the Pods; they have to be recreated.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.hostname} {.spec.subdomain}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.template import in_template
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("HLS111", "hl-subdomain-mismatch")
def subdomain_differs(service: Service, pods: SelectedPods) -> Problem | None:
    """Pods of a StatefulSet have their subdomain by its serviceName, which is another finding; a Pod may have names below one Service only."""
    named = [pod for pod in sorted(pods, key=lambda pod: pod.name) if pod.spec.hostname and pod.spec.subdomain and not pod.finished]
    others = [pod for pod in named if pod.spec.subdomain != service.name and not _of_set(pod.metadata.controller)]
    if not service.headless or not others or len(others) < len(named):
        return None
    pod = others[0]
    return Problem(
        object=pod, severity=Severity.INFO, field=("spec", "subdomain"),
        summary=f"{pod.spec.hostname}.{service.name} does not resolve: Pod {pod.name} has subdomain {pod.spec.subdomain}",
        fix=in_template(pod, "use the Service's name as subdomain", {"subdomain": service.name}),
    )


def _of_set(owner: object) -> bool:
    return getattr(owner, "kind", "") == "StatefulSet"
