"""Containers that run and are not ready: startup and readiness probes, readiness gates, sidecars, replicas that stand by.

Source of the rules: pkg/kubelet/prober (prober.go, worker.go) and pkg/probe/util.go (ResolveContainerPort).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubectl_svcdoctor.graph.pods.probe_answers import Aspect, answered, undeclared
from kubectl_svcdoctor.graph.pods.surroundings import Surroundings, budget, owner_of, parts, running_parts, unready_since_start
from kubectl_svcdoctor.graph.pods.trouble import GateUnmet, ProbeMismatch, ReadinessFails, SidecarUnready, StartupFails, Trouble, Undecided
from kubectl_svcdoctor.model.meta import is_true
from kubectl_svcdoctor.model.workload import Container, ContainerStatus, Pod, Probe

# Containers that meshes and access proxies put before the application: its traffic passes them.
PROXIES = frozenset({"istio-proxy", "linkerd-proxy", "consul-dataplane", "kuma-sidecar", "envoy-sidecar", "envoy", "oauth2-proxy"})
GATE = 120.0
# An application that has not opened a port by then never will; sooner, a port that is not declared may be one for management.
SLOW_START = 300.0
ROLE = re.compile(r"(^|[-./_])(instance)?role$", re.IGNORECASE)
STANDBY = frozenset({"replica", "standby", "secondary", "slave", "follower", "backup", "passive"})
Part = tuple[Container, ContainerStatus]


def unready(pod: Pod, around: Surroundings) -> Trouble | None:
    """Why a Pod whose containers run is not ready; None within the time that its probes give it."""
    for container, status in running_parts(pod):
        if container.startup_probe is not None and status.started is False:
            return _starting(pod, container, container.startup_probe, status, around)
    waiting = [part for part in running_parts(pod) if part[0].readiness_probe is not None and not part[1].ready]
    if waiting:
        return None if stands_by(pod, around) else _probed(pod, waiting, around)
    return _gated(pod, around)


def _starting(pod: Pod, container: Container, probe: Probe, status: ContainerStatus, around: Surroundings) -> Trouble | None:
    told = around.told(pod, ("Unhealthy",), "Startup probe ", container.name)
    message = told[0].message if told else ""
    running = status.state.running
    lived = around.now.seconds_since(running.started_at if running else None)
    if status.restart_count == 0:
        late = around.spent(running.started_at if running else None, budget(probe) + probe.period_seconds)
        return StartupFails(pod, container, status, message, startup_aspect(pod, container, message, lived, around)) if late else None
    if around.events is None:
        return Undecided(pod)
    return StartupFails(pod, container, status, message, startup_aspect(pod, container, message, lived, around)) if told else None


def startup_aspect(pod: Pod, container: Container, message: str, lived: float | None, around: Surroundings) -> Aspect:
    """What is wrong with a startup probe of a container that has lived so many seconds; a port that refuses is most often one that is not open yet."""
    probe = container.startup_probe or Probe()
    found = answered(message, probe)
    strange = undeclared(container, probe, around.targets(pod)) and (lived or 0) > SLOW_START
    return "start" if found == "port" and not strange else found


def stands_by(pod: Pod, around: Surroundings) -> bool:
    """Whether its labels call it a replica that waits for its turn, and the Pod that leads is selected and ready (Patroni, Vault).

    Not where another of its role is ready, so that this one could be too; nor where it does not answer its probe at all.
    """
    for key, value in pod.labels.items():
        vault = key == "vault-active" and value == "false" and pod.labels.get("vault-sealed") != "true"
        if vault or (ROLE.search(key) and value.lower() in STANDBY):
            roles = [other.labels.get(key) for other in around.pods if other.ready and other is not pod]
            return value not in roles and any(role is not None for role in roles) and not _silent(pod, around)
    return False


def _silent(pod: Pod, around: Surroundings) -> bool:
    """Whether a readiness probe of the Pod was refused, or got no answer in time."""
    probed = [container for container in pod.spec.serving_containers if container.readiness_probe is not None]
    told = (around.told(pod, ("Unhealthy",), "Readiness probe ", container.name) for container in probed)
    return any(events and answered(events[0].message, container.readiness_probe or Probe()) in ("port", "late")
               for container, events in zip(probed, told, strict=True))


def _probed(pod: Pod, waiting: list[Part], around: Surroundings) -> Trouble | None:
    late = [part for part in waiting if _late(pod, part, around)]
    if not late:
        return None
    beside = next((part for part in late if _beside(pod, part[0], around)), None)
    if beside is not None:
        return SidecarUnready(pod, *beside, _message(pod, beside[0], around))
    container, status = late[0]
    return _mismatch(pod, container, status, around) or ReadinessFails(pod, container, status, _message(pod, container, around))


def _late(pod: Pod, part: Part, around: Surroundings) -> bool:
    """A container that has been ready before is unready by the kubelet's own threshold; a new one has its probe's time."""
    container, status = part
    if container.readiness_probe is None or status.state.running is None:
        return False
    if not unready_since_start(pod, status):
        return True
    return around.spent(status.state.running.started_at, budget(container.readiness_probe))


def _beside(pod: Pod, container: Container, around: Surroundings) -> bool:
    """Whether this is no application container: a known proxy, or one without the Service's ports while the one with them is ready."""
    if container.name in PROXIES and len(pod.spec.serving_containers) > 1:
        return True
    targets = around.targets(pod)
    serving = [part for part in parts(pod) if _declares(part[0], targets)]
    return bool(serving) and not _declares(container, targets) and all(status.ready for _, status in serving)


def _declares(container: Container, numbers: frozenset[int]) -> bool:
    return any(port.container_port in numbers for port in container.ports)


def _message(pod: Pod, container: Container, around: Surroundings) -> str:
    told = around.told_of_kin(pod, ("Unhealthy",), "Readiness probe ", container.name)
    return told[0].message if told else ""


def _mismatch(pod: Pod, container: Container, status: ContainerStatus, around: Surroundings) -> Trouble | None:
    """A probe that was never met, by this container or a sibling, and asks for what the container does not offer."""
    probe = container.readiness_probe
    if probe is None:
        return None
    if isinstance(probe.port, str) and all(port.name != probe.port for port in container.ports):
        return ProbeMismatch(pod, container, status, f'port "{probe.port}" not found', "port")
    if status.restart_count or not unready_since_start(pod, status) or around.proven(pod, container):
        return None
    strange = undeclared(container, probe, around.targets(pod))
    if probe.http_get is None and probe.exec is None and not strange:
        return None
    if around.events is None:
        return Undecided(pod)
    message = _message(pod, container, around)
    started = status.state.running.started_at if status.state.running else None
    aspect = answered(message, probe)
    sure = aspect in ("command", "path", "scheme") or (aspect == "port" and strange and around.now.seconds_since(started) > SLOW_START)
    return ProbeMismatch(pod, container, status, message, aspect) if sure else None


def alike(found: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """The troubles; what is proven of a probe in one Pod holds for those of the same template that have not been ready yet and are too young for a proof."""
    every = tuple(found)
    proven = [entry for entry in every if isinstance(entry, ProbeMismatch)]
    return tuple(_as_kin(entry, proven) if isinstance(entry, ReadinessFails) else entry for entry in every)


def _as_kin(entry: ReadinessFails, proven: list[ProbeMismatch]) -> Trouble:
    for other in proven:
        same = (other.container.name, other.container.readiness_probe) == (entry.container.name, entry.container.readiness_probe)
        told = entry.message in ("", other.message) or answered(entry.message, entry.container.readiness_probe or Probe()) == other.aspect
        if same and told and owner_of(other.pod) == owner_of(entry.pod) and unready_since_start(entry.pod, entry.status):
            return ProbeMismatch(entry.pod, entry.container, entry.status, entry.message or other.message, other.aspect)
    return entry


def _gated(pod: Pod, around: Surroundings) -> Trouble | None:
    conditions = pod.status.conditions
    ready = pod.condition("ContainersReady")
    if ready is None or ready.status != "True" or not around.overdue(ready.last_transition_time, GATE):
        return None
    unmet = tuple(
        (gate.condition_type, pod.condition(gate.condition_type))
        for gate in pod.spec.readiness_gates if not is_true(conditions, gate.condition_type)
    )
    return GateUnmet(pod, unmet) if unmet else None
