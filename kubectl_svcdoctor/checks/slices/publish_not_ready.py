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
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.slices import last_change
from kubectl_svcdoctor.model.evidence import Now, SelectedPods
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service

PATIENCE = 60.0
"""Seconds in which a Pod that has just started, or lost its readiness, may become ready."""


@defect("EPS117", "eps-publish-not-ready")
def publish_not_ready(service: Service, pods: SelectedPods, now: Now) -> Problem | None:
    """Only while some Pods are ready and others not: without any ready Pod the Pods are the cause. A Pod that has just changed may be on its way."""
    living = [pod for pod in pods if not pod.finished and pod.addresses]
    unready = [pod for pod in living if not pod.ready and now.seconds_since(last_change(pod)) > PATIENCE]
    if not service.spec.publish_not_ready_addresses or service.headless or not unready or len(unready) == len(living):
        return None
    return Problem(
        object=service, severity=Severity.ERROR, partial=True, field=("spec", "publishNotReadyAddresses"),
        summary=f"{len(unready)} of {len(living)} Pods behind Service {service.name} {'is' if len(unready) == 1 else 'are'} not ready and get requests",
        evidence=("publishNotReadyAddresses is true", f"not ready, and listed as ready: {names([pod.name for pod in unready])}"),
        fix=patching("publish ready Pods only; peers that need the others use a headless Service of their own", service,
                     {"spec": {"publishNotReadyAddresses": False}}),
    )
