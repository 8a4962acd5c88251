"""The only endpoints left are terminating Pods.

Why it breaks:
When no endpoint is ready, kube-proxy falls back to those that terminate but still serve. Ingress controllers,
gateways and DNS do not, so part of the clients fail already; the others fail when the grace period ends.

How to fix:
Scale the workload up where it was scaled to zero. Otherwise let new Pods become ready before old ones go: finish or undo the rollout, lower
maxUnavailable, protect the Pods with a PodDisruptionBudget.

Look yourself:
kubectl get pods -l SELECTOR
kubectl rollout status deployment NAME

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/proxy/topology.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.slices import deletion_began
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.evidence import Now, SelectedPods, ServiceSlices, Workloads
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

SHORTLY = 30.0
"""Seconds that the last Pods may take to go, as at the end of a rollout, before it is worth a word."""


@symptom("EPS116", "eps-only-terminating")
def only_terminating(service: Service, slices: ServiceSlices, pods: SelectedPods, now: Now, workloads: Workloads | None = None) -> Problem | None:
    endpoints = [entry for part in slices for entry in part.endpoints or ()]
    going = [entry for entry in endpoints if entry.serving and entry.terminating]
    if not going or any(entry.ready for entry in endpoints):
        return None
    since = max((now.seconds_since(deletion_began(pod)) for pod in pods if pod.terminating), default=0.0)
    if since <= SHORTLY:
        return None
    return Problem(
        object=service, severity=Severity.WARNING,
        summary=f"Service {service.name} has only {count(len(going), 'endpoint')} left, of Pods that have been terminating for {int(since)} s",
        evidence=(f"terminating, and still serving: {names([entry.address for entry in going])}",), fix=_fix(service, pods, workloads),
    )


def _fix(service: Service, pods: SelectedPods, workloads: Workloads | None) -> Fix:
    owners = {owner_of(pod) for pod in pods if not pod.finished}
    known = [workload for workload in workloads or () if workload.ref in owners]
    if known and len(known) == len(owners) and not any(workload.wanted for workload in known):
        commands = tuple(kubectl("scale", workload, "--replicas=1", namespace=workload.namespace) for workload in known)
        return Fix(f"scale {names([str(workload.ref) for workload in known])} up again, if the Service is still needed: 0 replicas are asked for", commands)
    look = kubectl("get", "pods", "-l", selector(service.selector), "-o", "wide", namespace=service.namespace)
    return Fix("see whether new Pods are there, and what they wait for", (look,))
