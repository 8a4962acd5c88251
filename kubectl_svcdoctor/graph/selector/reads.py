"""Reads that are worth a request only when the selector picks nothing that serves."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.graph.selector.candidates import Candidates
from kubectl_svcdoctor.graph.selector.makers import creating
from kubectl_svcdoctor.model.cluster import Event
from kubectl_svcdoctor.model.evidence import PodsElsewhere, SelectedPods
from kubectl_svcdoctor.model.rollouts import Rollout
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Deployment, Pod


class CreationWarnings(tuple[Event, ...]):
    """Events of type Warning about the workload that should make the selected Pods; read only when it has made none and its status is silent."""


class Rollouts(tuple[Rollout, ...]):
    """The namespace's Rollouts; read only when nothing else there explains why the selector picks no Pod. Absent where the cluster has no such kind."""


@asks(Rollouts)
def rollouts(service: Service, pods: SelectedPods, found: Candidates) -> Query[Rollout] | Irrelevant:
    if pods or not searching(found):
        return Irrelevant("what was read explains it")
    return Query(Rollout, service.namespace)


@asks(PodsElsewhere)
def pods_elsewhere(service: Service, pods: SelectedPods, found: Candidates) -> Query[Pod] | Irrelevant:
    if pods or not searching(found):
        return Irrelevant("the Service's own namespace explains it")
    return Query(Pod, labels=labels(service.selector))


def searching(found: Candidates) -> bool:
    """Whether nothing in the namespace explains why the selector picks no Pod, or nothing but a name, so that it is worth looking elsewhere."""
    return not (found.makers or found.labelled or found.unseen or any(entry.alike for entry in found.near))


@asks(CreationWarnings)
def creation_warnings(service: Service, found: Candidates) -> Query[Event] | Irrelevant:
    workload = creating(service, found)
    if workload is None or isinstance(workload, Deployment):
        return Irrelevant("no StatefulSet or DaemonSet fails to make the selected Pods; a Deployment tells in its status")
    return Query(Event, service.namespace, fields=(("involvedObject.uid", workload.metadata.uid), ("type", "Warning")))
