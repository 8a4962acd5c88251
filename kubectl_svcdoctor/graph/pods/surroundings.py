"""What a Pod's trouble is judged by: the clock, its siblings, the Events about it and the Nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.cluster import Event, Node
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Container, ContainerStatus, Pod, Probe

UNHURRIED = 120.0
HURRIED = 15.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`pods` are the selected Pods that have not finished. `events` (by uid) and `nodes` (by name) are None where they were withheld."""

    service: Service
    pods: tuple[Pod, ...]
    now: Now
    events: Mapping[str, tuple[Event, ...]] | None
    nodes: Mapping[str, Node] | None
    serving: bool

    def told(self, pod: Pod, reasons: Iterable[str], starting: str = "", container: str = "") -> tuple[Event, ...]:
        """Events about this very Pod (by uid), newest first; those of one container carry `spec.containers{name}` as their field path."""
        found = [
            event for event in (self.events or {}).get(pod.metadata.uid, ())
            if event.reason in reasons and event.message.startswith(starting)
            and (not container or event.involved_object.field_path.endswith(f"{{{container}}}"))
        ]
        return tuple(sorted(found, key=lambda event: self.now.seconds_since(event.last_seen)))

    def told_of_kin(self, pod: Pod, reasons: Iterable[str], starting: str = "", container: str = "") -> tuple[Event, ...]:
        """The same; failing that, Events about its siblings: the kubelet drops Events when there are too many of them."""
        kin = (other for other in self.pods if other is not pod and owner_of(other) == owner_of(pod))
        told = (self.told(other, reasons, starting, container) for other in (pod, *kin))
        return next((events for events in told if events), ())

    def overdue(self, since: datetime | None, seconds: float) -> bool:
        """Whether more than so many seconds have passed. While other Pods serve, nobody waits, and a rollout gets two minutes at least.

        While none serves, clients are refused now: what is on its way is told after a few seconds, whatever its budget.
        """
        return self.now.seconds_since(since) > (max(seconds, UNHURRIED) if self.serving else min(seconds, HURRIED))

    def spent(self, since: datetime | None, seconds: float) -> bool:
        """The same for a budget that is the user's own: a probe has not failed before its time is over, whoever waits."""
        return self.now.seconds_since(since) > (max(seconds, UNHURRIED) if self.serving else seconds)

    def targets(self, pod: Pod) -> frozenset[int]:
        """The Pod's port numbers that the Service sends clients to."""
        numbers = (target_number(port, pod) for port in self.service.spec.ports)
        return frozenset(number for number in numbers if number is not None)

    def proven(self, pod: Pod, container: Container) -> bool:
        """Whether the same container of a sibling is ready with the same probe, so that the probe is right."""
        return any(
            entry.name == container.name and entry.readiness_probe == container.readiness_probe and status.ready
            for other in self.pods if other is not pod and owner_of(other) == owner_of(pod)
            for entry, status in running_parts(other)
        )


def by_uid(events: Iterable[Event] | None) -> Mapping[str, tuple[Event, ...]] | None:
    """The Events by the uid of the object that they are about."""
    if events is None:
        return None
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.involved_object.uid].append(event)
    return {uid: tuple(group) for uid, group in found.items()}


def owner_of(pod: Pod) -> ObjectRef:
    """What has to be changed to change this Pod: its Deployment (by the ReplicaSet's name), other controller, or itself."""
    owner = pod.metadata.controller
    if owner is None or owner.kind == "Node":  # a static Pod's mirror: a file on the node makes it
        return pod.ref
    suffix = "-" + pod.labels.get("pod-template-hash", "")
    if owner.kind == "ReplicaSet" and len(suffix) > 1 and owner.name.endswith(suffix):
        return ObjectRef(owner.api_version, "Deployment", pod.namespace, owner.name.removesuffix(suffix))
    return ObjectRef(owner.api_version, owner.kind, pod.namespace, owner.name)


def parts(pod: Pod) -> tuple[tuple[Container, ContainerStatus], ...]:
    """Each serving container with its status; those without a status yet are left out."""
    statuses = {status.name: status for status in (*pod.status.init_container_statuses, *pod.status.container_statuses)}
    return tuple((entry, statuses[entry.name]) for entry in pod.spec.serving_containers if entry.name in statuses)


def running_parts(pod: Pod) -> tuple[tuple[Container, ContainerStatus], ...]:
    """Those of `parts` that run."""
    return tuple(part for part in parts(pod) if part[1].state.running is not None)


def begun(pod: Pod, now: Now) -> str:
    """How long it has been on its way, as the end of a sentence: `has been starting for 8 s`, or `had container web restarted 8 s ago`."""
    restarted = [(status.state.running.started_at, container.name) for container, status in running_parts(pod)
                 if status.restart_count and status.state.running and status.state.running.started_at]
    if restarted:
        moment, name = max(restarted)
        return f"had container {name} restarted {duration(now.seconds_since(moment))} ago"
    return f"has been starting for {duration(now.seconds_since(since(pod)))}"


def since(pod: Pod) -> datetime | None:
    """When the kubelet took it up; until one has, when it was created."""
    return pod.status.start_time or pod.metadata.creation_timestamp


def budget(probe: Probe) -> float:
    """Seconds from a container's start to when the kubelet gives up on this probe."""
    return probe.initial_delay_seconds + probe.failure_threshold * probe.period_seconds + probe.timeout_seconds


def unready_since_start(pod: Pod, status: ContainerStatus) -> bool:
    """Whether the Pod has not been ready since this container started: its Ready condition has not moved since then."""
    ready = pod.condition("Ready")
    started = status.state.running.started_at if status.state.running else None
    if ready is None or ready.last_transition_time is None or started is None:
        return True
    return ready.last_transition_time - started <= timedelta(seconds=2)
