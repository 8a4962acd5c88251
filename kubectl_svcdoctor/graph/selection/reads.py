"""Reads that are worth a request only when the selector picks nothing that serves."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.graph.selection.candidates import Candidates
from kubectl_svcdoctor.graph.selection.makers import creating, unsettled
from kubectl_svcdoctor.graph.surroundings import owner_of
from kubectl_svcdoctor.model.cluster import Event
from kubectl_svcdoctor.model.evidence import Deployments, PodsElsewhere, SelectedPods
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Deployment, Pod


class CreationWarnings(tuple[Event, ...]):
    """Events of type Warning about the workload that should make the selected Pods; read only when it has made none and its status is silent."""


class RevisionPods(tuple[Pod, ...]):
    """All Pods of the Deployment whose newest Pods are selected; read only when none of those is ready while others of it are."""


@asks(PodsElsewhere)
def pods_elsewhere(service: Service, pods: SelectedPods, found: Candidates) -> Query[Pod] | Irrelevant:
    if pods or not searching(found):
        return Irrelevant("the Service's own namespace explains it")
    return Query(Pod, labels=labels(service.selector))


def searching(found: Candidates) -> bool:
    """Whether nothing in the namespace explains why the selector picks no Pod, so that it is worth looking elsewhere."""
    return not (found.makers or found.labelled or found.near or found.unseen)


@asks(CreationWarnings)
def creation_warnings(service: Service, found: Candidates) -> Query[Event] | Irrelevant:
    workload = creating(service, found)
    if workload is None or isinstance(workload, Deployment):
        return Irrelevant("no StatefulSet or DaemonSet fails to make the selected Pods; a Deployment tells in its status")
    return Query(Event, service.namespace, fields=(("involvedObject.uid", workload.metadata.uid), ("type", "Warning")))


@asks(RevisionPods)
def revision_pods(service: Service, pods: SelectedPods, deployments: Deployments) -> Query[Pod] | Irrelevant:
    deployment = half_way(service, pods, deployments)
    if deployment is None:
        return Irrelevant("no rollout has stopped half way")
    return Query(Pod, service.namespace, labels=labels(deployment.spec.selector.match_labels))


def half_way(service: Service, pods: SelectedPods, deployments: Deployments) -> Deployment | None:
    """The Deployment that made all selected Pods, none of them ready, and that has ready Pods elsewhere, its rollout being at a stop."""
    owners = {owner_of(pod) for pod in pods if not pod.finished}
    if len(owners) != 1 or any(pod.ready for pod in pods):
        return None
    mine = next((entry for entry in deployments if entry.ref in owners), None)
    if mine is None or unsettled(mine) or not service.selector.items() <= mine.template_labels.items():
        return None
    return mine if mine.status.ready_replicas else None
