"""The rollout of a Deployment has stopped, and the Pods of the version before serve.

Why it breaks:
Nothing is broken for clients: the Deployment keeps as many Pods of the version before as it may. But the new version is not there. When no new Pod
has become available for progressDeadlineSeconds, the controller sets the condition Progressing to False and says so nowhere else; it goes on
as soon as new Pods become ready.

How to fix:
Correct what keeps the new Pods from being created or from becoming ready, or go back to the version before (kubectl rollout undo).

Look yourself:
kubectl rollout status deployment/NAME
kubectl describe deployment NAME

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line, names, rolled_to, stuck
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import condition
from kubectl_svcdoctor.model.workload import Workload


@defect("POD123", "pod-rollout-stuck")
def rollout_stuck(readiness: Readiness, pods: SelectedPods) -> Iterator[Problem]:
    """Where nobody serves, or fewer Pods than are wanted, what is wrong with them is told as a fault."""
    owners = {owner_of(pod) for pod in pods}
    for workload in readiness.workloads:
        if workload.ref in owners and stuck(workload) and readiness.standing.serving:
            yield _problem(workload, readiness, pods)


def _problem(workload: Workload, readiness: Readiness, pods: SelectedPods) -> Problem:
    progressing, failure = (condition(workload.status.conditions, kind) for kind in ("Progressing", "ReplicaFailure"))
    name = rolled_to(workload)
    new = [pod for pod in pods if name and pod.metadata.controller and pod.metadata.controller.name == name and not pod.terminating]
    waiting = [pod.name for pod in new if not pod.ready]
    since = duration(readiness.standing.now.seconds_since(progressing.last_transition_time if progressing else None))
    facts = (
        f"its controller gave it up {since} ago: no new Pod became available in {workload.spec.progress_deadline_seconds} s",
        f"of the new version {'is' if len(waiting) == 1 else 'are'} not ready: {names(waiting)}" if waiting else "",
        line(failure.message) if failure and failure.status == "True" else "",
        f"{readiness.standing.serving} of {readiness.standing.living} Pods serve",
    )
    return Problem(
        object=workload, severity=Severity.INFO,
        summary=f"the rollout of {workload.ref}{f' to ReplicaSet {name}' if name else ''} is stuck (ProgressDeadlineExceeded)",
        evidence=tuple(fact for fact in facts if fact),
        fix=Fix("correct what keeps its new Pods from becoming ready, or roll back to the version before, whose number the history tells",
                (kubectl("describe", workload, namespace=workload.namespace), kubectl("rollout", "history", workload, namespace=workload.namespace))),
    )
