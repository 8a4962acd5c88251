"""The only endpoints left are Pods that are being deleted.

Why it breaks:
When no endpoint is ready, kube-proxy falls back to those that terminate but still serve. Ingress controllers,
gateways and DNS do not, so part of the clients fail already; the others fail when the grace period ends.

How to fix:
Let new Pods become ready before old ones go: finish or undo the rollout, lower maxUnavailable, protect the
Pods with a PodDisruptionBudget.

Look yourself:
kubectl get pods -l SELECTOR
kubectl rollout status deployment NAME

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/proxy/topology.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.slices import deletion_began
from kubectl_svcdoctor.model.evidence import Now, SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

SHORTLY = 30.0
"""Seconds that the last Pods may take to go, as at the end of a rollout, before it is worth a word."""


@symptom("EPS116", "eps-only-terminating")
def only_terminating(service: Service, slices: ServiceSlices, pods: SelectedPods, now: Now) -> Problem | None:
    endpoints = [entry for part in slices for entry in part.endpoints or ()]
    going = [entry for entry in endpoints if entry.serving and entry.terminating]
    if not going or any(entry.ready for entry in endpoints):
        return None
    since = max((now.seconds_since(deletion_began(pod)) for pod in pods if pod.terminating), default=0.0)
    if since <= SHORTLY:
        return None
    number = "1 endpoint" if len(going) == 1 else f"{len(going)} endpoints"
    return Problem(
        object=service, severity=Severity.WARNING,
        summary=f"Service {service.name} has only {number} left, of Pods that are being deleted since {int(since)} s",
        evidence=tuple(f"{entry.address} is terminating and still serves" for entry in going[:3]),
        fix=Fix("see what keeps new Pods from becoming ready", (
            f"kubectl -n {service.namespace} get pods -l '{_selector(service)}' -o wide",
        )),
    )


def _selector(service: Service) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(service.selector.items()))
