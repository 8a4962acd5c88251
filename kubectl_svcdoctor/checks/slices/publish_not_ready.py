"""The Service sends requests to Pods that are not ready, because it publishes them on purpose.

Why it breaks:
publishNotReadyAddresses marks every endpoint ready, whatever the Pods' readiness probes say. It is meant for
peers of a cluster that must find each other while starting. On a Service with a ClusterIP for clients it
sends them to Pods that cannot answer yet.

How to fix:
Turn it off here, and keep it on a second, headless Service for the peers.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.publishNotReadyAddresses}'

Reference:
https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS117", "eps-publish-not-ready")
def publish_not_ready(service: Service, pods: SelectedPods) -> Problem | None:
    """Only while some Pods are ready and others not: without any ready Pod the Pods are the cause."""
    living = [pod for pod in pods if not pod.finished and pod.addresses]
    unready = [pod for pod in living if not pod.ready]
    if not service.spec.publish_not_ready_addresses or service.headless or not unready or len(unready) == len(living):
        return None
    names = ", ".join(pod.name for pod in unready[:3])
    return Problem(
        object=service, severity=Severity.ERROR, partial=True, field=("spec", "publishNotReadyAddresses"),
        summary=f"Service {service.name} sends {len(unready)} of {len(living)} requests to Pods that are not ready "
                "(publishNotReadyAddresses is true)",
        evidence=(f"not ready, and listed as ready: {names}",),
        fix=patching("publish ready Pods only", service, {"spec": {"publishNotReadyAddresses": False}}),
    )
