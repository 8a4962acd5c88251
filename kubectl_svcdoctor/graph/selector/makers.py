"""A workload whose template has the selector's labels, and yet no Pod: scaled down, held back, half rolled out, or of a retired version."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.selector.candidates import Candidate, Candidates, shared
from kubectl_svcdoctor.graph.selector.comparison import compare
from kubectl_svcdoctor.graph.selector.variants import CannotCreate, HalfRolledOut, RolloutUnderWay, ScaledToZero, WrongColour
from kubectl_svcdoctor.model.cluster import Event
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.meta import KubernetesObject, TracedMeta, condition
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import DaemonSet, Deployment, Pod, StatefulSet, Workload

YOUNG = 30.0
"""Seconds that a workload may take to make its first Pod."""

SCALERS = ("keda", "downscaler", "kube-green", "sablier", "snorlax", "knative", "kubeelasti", "elasti", "http-add-on")
"""Programs that scale to zero on purpose, as their names appear in managers, annotation keys and label keys."""

_POD_NAME = "statefulset.kubernetes.io/pod-name"
_CREATION = ("FailedCreate", "FailedDaemonPod", "FailedPlacement")


def needed(service: Service, workload: Workload) -> int:
    """How many replicas it takes for the selector to pick a Pod: one, or as many as the ordinal in the name of a selected Pod asks for."""
    ordinal = re.fullmatch(re.escape(workload.name) + r"-(\d+)", service.selector.get(_POD_NAME, ""))
    return int(ordinal[1]) + 1 if ordinal and isinstance(workload, StatefulSet) else 1


def asked_for(workload: Workload) -> int:
    """The Pods that the workload is to have; for a DaemonSet one on each node that fits."""
    return workload.status.desired_number_scheduled if isinstance(workload, DaemonSet) else workload.wanted or 0


def makers(service: Service, found: Candidates) -> tuple[Candidate, ...]:
    """Those whose template fits, and a StatefulSet whose Pod the selector names."""
    named = service.selector.get(_POD_NAME, "").rpartition("-")[0]
    single = tuple(
        entry for entry in (*found.near, *found.others)
        if named and isinstance(entry.workload, StatefulSet) and entry.ref.name == named and set(entry.difference.missing) == {_POD_NAME}
        and entry.difference.count == 1
    )
    return found.makers + single


def creating(service: Service, found: Candidates) -> Workload | None:
    """The workload that wants matching Pods and has none; the Service's namesake, or the largest, when there are several."""
    active = [entry.workload for entry in makers(service, found)
              if entry.workload and asked_for(entry.workload) >= needed(service, entry.workload)]
    return active[0] if active else None


def _moving(workload: Workload) -> bool:
    """Whether a rollout is under way and in time (Deployment, condition Progressing)."""
    progress = condition(workload.status.conditions, "Progressing")
    moving = progress is not None and progress.status == "True" and progress.reason != "NewReplicaSetAvailable"
    return moving and not workload.spec.paused and not _refused(workload)


def trouble(
    service: Service, found: Candidates, now: Now, events: tuple[Event, ...]
) -> ScaledToZero | WrongColour | HalfRolledOut | CannotCreate | RolloutUnderWay:
    """What holds the makers back; at least one is there."""
    workload = creating(service, found)
    if workload is None:
        return _resting(service, found)
    message = _refused(workload) or next((event.message for event in events if event.reason in _CREATION), "")
    left = tuple(pod for entry in makers(service, found) if entry.workload is workload for pod in entry.pods if pod.ready)
    if left and not message and needed(service, workload) == 1:
        if _moving(workload):
            return RolloutUnderWay(workload)
        difference = compare(service.selector, shared(left))
        lacking = {key: value for key, value in service.selector.items() if key not in difference.equal}
        return HalfRolledOut(workload, len(left), lacking, difference.corrected, ())
    young = now.seconds_since(workload.metadata.creation_timestamp) < YOUNG
    return CannotCreate(workload, asked_for(workload), message, young)


def _refused(workload: Workload) -> str:
    """The API server's words when it refused to create a Pod (Deployment, condition ReplicaFailure)."""
    failure = condition(workload.status.conditions, "ReplicaFailure")
    return failure.message or failure.reason if failure is not None and failure.status == "True" else ""


def passed_over(service: Service, pods: Iterable[Pod], deployments: Iterable[Deployment]) -> HalfRolledOut | Irrelevant:
    """The same where new Pods are there and none is ready: the Deployment counts more ready Pods than the selector picks.

    What the other Pods carry is what nobody can change, the Deployment's own selector, so they need not be read.
    """
    living = tuple(pod for pod in pods if not pod.finished)
    owners = {owner_of(pod) for pod in living}
    mine = next((entry for entry in deployments if owners == {entry.ref}), None)
    fits = mine is not None and service.selector.items() <= mine.template_labels.items() and not any(pod.ready for pod in living)
    if mine is None or not fits or not mine.status.ready_replicas or _moving(mine):
        return Irrelevant("the selector matches living Pods")
    fixed = mine.spec.selector.match_labels
    corrected = {key: value for key, value in service.selector.items() if fixed.get(key) == value}
    lacking = {key: value for key, value in service.selector.items() if key not in corrected}
    return HalfRolledOut(mine, mine.status.ready_replicas, lacking, corrected, living) if lacking else Irrelevant("the Pods share the labels")


def _resting(service: Service, found: Candidates) -> ScaledToZero | WrongColour:
    resting = makers(service, found)[0]
    assert resting.workload is not None
    live = [entry for entry in found.near if entry.ready and entry.difference.colour]
    if live:
        return WrongColour(live[0], live[0].difference.colour, resting.workload, rivals(live[0], live))
    by = _scaler(resting.workload) or _scaler(service)
    return ScaledToZero(resting.workload, needed(service, resting.workload), by)


def rivals(best: Candidate, found: list[Candidate] | tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Those as near as the best one that would need another selector, so that nobody can say which was meant."""
    return tuple(
        entry for entry in found
        if entry is not best and entry.difference.count == best.difference.count and entry.difference.cost == best.difference.cost
        and entry.difference.corrected != best.difference.corrected and entry.namesake == best.namesake and bool(entry.pods) >= bool(best.pods)
    )


def _scaler(item: KubernetesObject) -> str:
    """The program that scales this object to zero on purpose, by the manager of its replicas, its annotations or labels; or empty."""
    managers = [entry.manager for entry in item.metadata.managed_fields
                if "f:replicas" in (entry.fields.get("f:spec") or {})] if isinstance(item.metadata, TracedMeta) else []
    for mark in (*managers, *item.metadata.annotations, *item.labels):
        if any(scaler in mark.casefold() for scaler in SCALERS):
            return mark
    return ""
