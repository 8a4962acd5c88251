"""Containers that do not start, or end again and again: images, configuration, init containers, crashes, kills.

Source of the reasons: pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime/kuberuntime_container.go.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kubectl_svcdoctor.graph.pods.called import by_name_alone, calls, means
from kubectl_svcdoctor.graph.pods.pod_reads import last_end, restarted_often
from kubectl_svcdoctor.graph.pods.probe_answers import Aspect, answered, undeclared
from kubectl_svcdoctor.graph.pods.probe_trouble import SLOW_START, startup_aspect
from kubectl_svcdoctor.graph.pods.surroundings import Surroundings, budget, owner_of, parts
from kubectl_svcdoctor.graph.pods.trouble import (
    ConfigMissing,
    Crash,
    ImagePull,
    InitStuck,
    LivenessKill,
    OutOfMemory,
    StartupFails,
    Trouble,
    Undecided,
)
from kubectl_svcdoctor.model.workload import Container, ContainerStatus, Pod, Probe, StateTerminated

IMAGE = frozenset({
    "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
    "SignatureValidationFailed",
})
NO_START = frozenset({
    "CrashLoopBackOff", "RunContainerError", "CreateContainerError", "PostStartHookError", "PreStartHookError", "PreCreateHookError",
})
JUST_RESTARTED = 600.0
INIT_RUNS = 300.0
INIT_CIRCULAR = 60.0
LIVED_LONG = 3600.0
# The kubelet waits longer than that before it starts a container that keeps ending (CrashLoopBackOff: up to 5 minutes).
FLICKER, FLICKERING = 60.0, 3
NODE_RESTARTED = frozenset({"Unknown", "ContainerStatusUnknown"})


def held_by_init(pod: Pod, around: Surroundings) -> Trouble | None:
    """The trouble of the first init container that has not done its work; None when all have, or it may still need its time."""
    statuses = {status.name: status for status in pod.status.init_container_statuses}
    for container in pod.spec.init_containers:
        status = statuses.get(container.name)
        if container.restart_policy == "Always" or status is None:
            continue
        end = status.state.terminated
        if end is None or end.exit_code != 0:
            return _waiting(pod, container, status, around) or _init(pod, container, status, around)
    return None


def _init(pod: Pod, container: Container, status: ContainerStatus, around: Surroundings) -> InitStuck | None:
    end = last_end(status)
    asked = calls(container, (*container.command, *container.args))
    circular = any(means(call.host, around.service) and not by_name_alone(call, around.service) for call in asked)
    running = status.state.running
    if running is not None and status.restart_count == 0:
        late = around.overdue(running.started_at, INIT_CIRCULAR if circular else INIT_RUNS)
        return InitStuck(pod, container, status, "", None, asked, circular) if late else None
    failing = status.restart_count > 0 or (status.state.waiting is not None and status.state.waiting.reason in NO_START)
    message = status.state.waiting.message if status.state.waiting else ""
    return InitStuck(pod, container, status, message, end, asked, circular) if failing else None


def stopped(pod: Pod, around: Surroundings) -> Trouble | None:
    """The trouble of a container that cannot start or does not stay; images and configuration come first, since they are certain."""
    found = parts(pod)
    for container, status in found:
        waiting = _waiting(pod, container, status, around)
        if waiting is not None:
            return waiting
    failing = [part for part in found if _fails(pod, part[1], around)]
    if not failing:
        return None
    first = _ended(pod, *failing[0], around)
    beside = tuple((container.name, last_end(status)) for container, status in failing[1:])
    return replace(first, beside=beside) if isinstance(first, Crash) else first


def _waiting(pod: Pod, container: Container, status: ContainerStatus, around: Surroundings) -> Trouble | None:
    waiting = status.state.waiting
    if waiting is None:
        return None
    if waiting.reason in IMAGE:
        pulled = around.told_of_kin(pod, ("Failed", "InspectFailed"), "Failed to pull image", container.name)
        return ImagePull(pod, container, status, pulled[0].message if pulled else waiting.message, waiting.reason)
    if waiting.reason == "CreateContainerConfigError":
        return ConfigMissing(pod, waiting.message, container.name)
    return None


def _fails(pod: Pod, status: ContainerStatus, around: Surroundings) -> bool:
    state = status.state
    if state.waiting is not None:
        return state.waiting.reason in NO_START
    if state.terminated is not None:
        return status.restart_count > 0 and (pod.spec.restart_policy == "Always" or state.terminated.exit_code != 0)
    end = last_end(status)
    return (
        not status.ready and end is not None and status.restart_count >= 2
        and around.now.seconds_since(end.finished_at) <= JUST_RESTARTED
    )


def restarting(pod: Pod, around: Surroundings) -> Trouble | None:
    """The trouble of a Pod that is ready just now and keeps being restarted: killed twice for memory, or ended three times, within short lives."""
    for container, status in parts(pod):
        end = last_end(status)
        if end is None or not restarted_often(status, around.now) or (lifetime(end) or 0.0) > LIVED_LONG:
            continue
        if end.reason == "OOMKilled" or (status.restart_count >= 3 and end.reason not in NODE_RESTARTED):
            return _ended(pod, container, status, around)
    return None


def flickers(entry: Trouble) -> bool:
    """Whether its container keeps ending within a minute, so that the kubelet keeps it down for most of the time."""
    if not isinstance(entry, (Crash, OutOfMemory, LivenessKill)):
        return False
    end = last_end(entry.status)
    lived = lifetime(end) if end else None
    return entry.status.restart_count >= FLICKERING and lived is not None and lived <= FLICKER


def _ended(pod: Pod, container: Container, status: ContainerStatus, around: Surroundings) -> Trouble:
    end = last_end(status)
    if end is not None and end.reason == "OOMKilled":
        return OutOfMemory(pod, container, status, end.message, end)
    lived = lifetime(end) if end else None
    for probe, word in ((container.startup_probe, "Startup"), (container.liveness_probe, "Liveness")):
        if probe is None or not _could_have_killed(probe, end):
            continue
        if around.events is None:
            return Undecided(pod)
        # A probe that "errored" was not met either, but only one that "failed" kills.
        told = around.told(pod, ("Unhealthy",), f"{word} probe failed", container.name)
        if told and word == "Startup":
            return StartupFails(pod, container, status, told[0].message, startup_aspect(pod, container, told[0].message, lived, around))
        if told:
            aspect = _liveness_aspect(pod, container, told[0].message, end, around)
            ready = container.readiness_probe is not None and end is not None and _was_ready(pod, end)
            return LivenessKill(pod, container, status, told[0].message, aspect, aspect == "port" and ready, lived, _needed(pod, container, around))
    message = status.state.waiting.message if status.state.waiting and end is None else end.message if end else ""
    return Crash(pod, container, status, message, end)


def _liveness_aspect(pod: Pod, container: Container, message: str, end: StateTerminated | None, around: Surroundings) -> Aspect:
    """What is wrong with the liveness probe. A port that is refused may be the wrong one, or not open yet: which of them, the readiness probe tells,
    if it was met in the same run on another port. Nothing is sure about a port that is not declared in a short run without that."""
    probe, ready = container.liveness_probe or Probe(), container.readiness_probe
    found, lived = answered(message, probe), lifetime(end) if end else None
    if found != "port":
        return found
    strange = undeclared(container, probe, around.targets(pod))
    first = budget(probe) + pod.spec.termination_grace_period_seconds + probe.period_seconds
    unmet = lived is not None and lived <= first  # not once in that run
    if ready is not None and end is not None and _was_ready(pod, end):
        elsewhere = ready.port is not None and _number(container, ready.port) != _number(container, probe.port)
        return "port" if elsewhere and (strange or unmet) else ""
    if strange:
        return "port" if (lived or 0) > SLOW_START else ""
    return "start" if container.startup_probe is None and unmet else ""


def _number(container: Container, port: int | str | None) -> int | str | None:
    """A probe's port as a number, where the container declares its name."""
    return next((entry.container_port for entry in container.ports if entry.name == port), port)


def _was_ready(pod: Pod, end: StateTerminated) -> bool:
    """Whether the Pod has been ready since the start of the run that ended so: its condition has moved since, if only to False at its end."""
    ready = pod.condition("Ready")
    moved = ready.last_transition_time if ready else None
    return moved is not None and end.started_at is not None and moved > end.started_at + timedelta(seconds=2)


def _needed(pod: Pod, container: Container, around: Surroundings) -> float | None:
    """The longest time that the same container of a Pod of the same owner, ready since its start, took to become so."""
    found = []
    for other in around.pods:
        ready = other.condition("Ready")
        running = next((status.state.running for entry, status in parts(other) if entry.name == container.name), None)
        if other.ready and owner_of(other) == owner_of(pod) and ready and ready.last_transition_time and running and running.started_at:
            found.append((ready.last_transition_time - running.started_at).total_seconds())
    return max((seconds for seconds in found if 0 <= seconds < LIVED_LONG), default=None)


def _could_have_killed(probe: Probe, end: StateTerminated | None) -> bool:
    """Whether the container lived long enough for this probe to fail as often as it may."""
    if end is None:
        return False
    lived = lifetime(end)
    return lived is None or lived >= probe.initial_delay_seconds + (probe.failure_threshold - 1) * probe.period_seconds


def lifetime(end: StateTerminated) -> float | None:
    """Seconds that the container lived; None where the runtime did not say."""
    if end.started_at is None or end.finished_at is None:
        return None
    return (end.finished_at - end.started_at).total_seconds()
