"""Reads that matter only where Pods are in trouble: Events of the kubelet and the scheduler, and the Nodes under the Pods."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.graph.slices.slices import SliceDifference
from kubectl_svcdoctor.model.cluster import Event, Node
from kubectl_svcdoctor.model.evidence import Now, SelectedPods
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import ContainerStatus, Pod, StateTerminated

RECENT = 3600.0


class PodWarnings(tuple[Event, ...]):
    """Events of type Warning in the namespace; read only when a selected Pod is not ready or keeps restarting."""


class PodNodes(tuple[Node, ...]):
    """All Nodes; read only when a selected Pod is not ready, or is missing in the slices."""


@asks(PodWarnings)
def pod_warnings(service: Service, pods: SelectedPods, now: Now) -> Query[Event] | Irrelevant:
    if not any(unready(pod) or any(restarted_often(status, now) for status in pod.status.container_statuses) for pod in pods):
        return Irrelevant("all selected Pods are ready and none keeps restarting")
    return Query(Event, service.namespace, fields=(("type", "Warning"),))


@asks(PodNodes)
def pod_nodes(pods: SelectedPods, difference: SliceDifference | None = None) -> Query[Node] | Irrelevant:
    """A Pod that is called ready and is in no slice may be on a node that does not exist any more."""
    if not difference and not any(unready(pod) for pod in pods):
        return Irrelevant("all selected Pods are ready")
    return Query(Node)


def unready(pod: Pod) -> bool:
    """Whether a Pod that should live does not serve; one that has finished is no matter."""
    return not pod.finished and (not pod.ready or pod.terminating)


def last_end(status: ContainerStatus) -> StateTerminated | None:
    """How the container ended last; None when it never did."""
    return status.state.terminated or status.last_state.terminated


def restarted_often(status: ContainerStatus, now: Now) -> bool:
    """Whether a container was restarted at least twice, and within the last hour."""
    end = last_end(status)
    return end is not None and status.restart_count >= 2 and now.seconds_since(end.finished_at) <= RECENT
