"""The Pods behind a Service: which serve, and what each of the others suffers from, at most one trouble a Pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from kubectl_svcdoctor.graph.pods.affected import Affected, Standing, T
from kubectl_svcdoctor.graph.pods.container_trouble import flickers
from kubectl_svcdoctor.graph.pods.pod_reads import PodNodes, PodWarnings
from kubectl_svcdoctor.graph.pods.pod_trouble import holds_place, trouble
from kubectl_svcdoctor.graph.pods.probe_trouble import alike, stands_by
from kubectl_svcdoctor.graph.pods.surroundings import Surroundings, by_uid, owner_of
from kubectl_svcdoctor.graph.pods.trouble import NodeDown, Trouble
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.targets import declares_any, programs
from kubectl_svcdoctor.model.evidence import NamedPod, Now, SelectedPods, Workloads
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import DaemonSet, Pod, Workload


@dataclass(frozen=True, slots=True)
class Readiness:
    """The troubles of the selected Pods, and how many of them serve all the same. `starting`: those that are not ready and have no trouble, yet."""

    troubles: tuple[Trouble, ...]
    standing: Standing
    workloads: tuple[Workload, ...]
    starting: tuple[Pod, ...] = ()

    def affected(self, kind: type[T], by: Callable[[T], object] | None = None) -> tuple[Affected[T], ...]:
        """The Pods with that trouble, together where one change fixes them: by owner, or by what `by` says."""
        groups: dict[object, list[T]] = defaultdict(list)
        for entry in self.troubles:
            if isinstance(entry, kind):
                groups[by(entry) if by else owner_of(entry.pod)].append(entry)
        return tuple(self._together(group) for group in groups.values())

    def _together(self, group: list[T]) -> Affected[T]:
        """What is known for sure of one Pod comes before what may be a slow start in another one of the same template."""
        group = sorted(group, key=lambda entry: (entry.vague, entry.pod.name))
        owner = owner_of(group[0].pod)
        return Affected(tuple(group), owner, self._workload(owner), self.standing)

    def _workload(self, owner: ObjectRef) -> Workload | None:
        return next((entry for entry in self.workloads if entry.ref == owner), None)


@derives
def readiness(
    service: Service, pods: SelectedPods, now: Now, events: PodWarnings | None = None, nodes: PodNodes | None = None,
    workloads: Workloads | None = None, examined: NamedPod | None = None,
) -> Readiness | Irrelevant:
    """The troubles of all selected Pods. Irrelevant when the selector matches no living Pod: that is another hop's trouble."""
    living = tuple(pod for pod in pods if not pod.finished or holds_place(pod, now))
    if not living:
        return Irrelevant("the selector matches no living Pod")
    around = Surroundings(
        service, living, now, by_uid(events), {node.name: node for node in nodes} if nodes is not None else None,
        serving=any(pod.ready and not pod.terminating for pod in living),
    )
    found = alike(entry for pod in living if (entry := trouble(pod, around)) is not None)
    cut_off = {entry.pod.metadata.uid for entry in found if isinstance(entry, NodeDown) or flickers(entry)}
    troubled = {entry.pod.metadata.uid for entry in found}
    starting = tuple(pod for pod in living if not pod.ready and not pod.terminating and pod.metadata.uid not in troubled and not stands_by(pod, around))
    standing = replace(_standing(around, cut_off, workloads), examined=examined[0].metadata.uid if examined else None)
    return Readiness(found, standing, tuple(workloads or ()), starting)


def _standing(around: Surroundings, cut_off: set[str], workloads: Workloads | None) -> Standing:
    """Pods that go, or stand by, are not counted among the living; Pods on dead nodes, and those that are ready for a moment between two crashes, serve
    nobody, whatever their status says."""
    present = [pod for pod in around.pods if not pod.terminating and (pod.ready or not stands_by(pod, around))]
    ready = [pod for pod in around.pods if pod.ready and pod.metadata.uid not in cut_off and not _another(pod, around)]
    return Standing(
        serving=sum(not pod.terminating for pod in ready), draining=sum(pod.terminating for pod in ready), living=len(present),
        wanted=None if workloads is None else _wanted(around.pods, present, workloads),
        published=around.service.spec.publish_not_ready_addresses, now=around.now,
    )


def _another(pod: Pod, around: Surroundings) -> bool:
    """Whether a ready Pod is of another application than those that declare the Service's ports, all of which are not ready: it has none of their images,
    and resolves none of the ports, or declares others, or is of a Job."""
    own = [other for other in around.pods if declares_any(around.service, other.spec)]
    if pod in own or not own or any(other.ready for other in own):
        return False
    if owner_of(pod) in map(owner_of, own) or any(programs(other.spec) & programs(pod.spec) for other in own):
        return False
    named = all(isinstance(port.target, str) for port in around.service.spec.ports) and not around.service.headless
    return named or any(entry.ports for entry in pod.spec.serving_containers) or owner_of(pod).kind == "Job"


def _wanted(pods: Iterable[Pod], present: Collection[Pod], workloads: Workloads) -> int:
    """The Pods that their owners ask for together; where an owner was not found, those that are there and do not go."""
    owned: dict[ObjectRef, int] = defaultdict(int)
    for pod in pods:
        owned[owner_of(pod)] += pod in present
    known = {workload.ref: workload for workload in workloads}
    return sum(_asked_for(known[owner]) if owner in known else number for owner, number in owned.items())


def _asked_for(workload: Workload) -> int:
    if isinstance(workload, DaemonSet):
        return workload.status.desired_number_scheduled
    return workload.wanted or 0
