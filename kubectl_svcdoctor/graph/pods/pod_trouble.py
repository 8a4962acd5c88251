"""The one trouble of a Pod, looked for in the order in which a Pod comes to life: node, scheduler, init containers, address, containers, probes.

Source of the states: pkg/kubelet/status/generate.go, pkg/kubelet/kuberuntime, pkg/controller/util/node (MarkPodsNotReady).
"""

from __future__ import annotations

import re

from kubectl_svcdoctor.graph.pods.container_trouble import held_by_init, restarting, stopped
from kubectl_svcdoctor.graph.pods.probe_trouble import unready
from kubectl_svcdoctor.graph.pods.surroundings import Surroundings
from kubectl_svcdoctor.graph.pods.trouble import (
    ConfigMissing,
    HostPortTaken,
    NoAddress,
    NodeDown,
    NodesClosed,
    TerminatingStuck,
    Trouble,
    Undecided,
    Unschedulable,
)
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.meta import is_true
from kubectl_svcdoctor.model.workload import Pod

REMOVAL = 60.0
SCHEDULING = 60.0
SANDBOX = 60.0
MOUNT = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
SANDBOX_EVENTS = ("FailedCreatePodSandBox", "NetworkNotReady", "FailedPodSandBoxStatus")
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def trouble(pod: Pod, around: Surroundings) -> Trouble | None:
    """What is wrong with this Pod; None when it serves, has finished, is just coming or going, or stands by on purpose."""
    if pod.finished and not holds_place(pod, around.now):
        return None
    down = _node_down(pod, around)
    if down is not None:
        return down
    if pod.terminating:
        overdue = around.now.seconds_since(pod.metadata.deletion_timestamp)
        return TerminatingStuck(pod, overdue) if overdue > REMOVAL else None
    if pod.ready:
        return restarting(pod, around)
    if not pod.spec.node_name:
        return _unscheduled(pod, around)
    return held_by_init(pod, around) or _without_address(pod, around) or stopped(pod, around) or unready(pod, around)


def holds_place(pod: Pod, now: Now) -> bool:
    """Whether it is a StatefulSet's Pod that has finished and should be gone: no other of its name comes before that (stateful_set_control.go)."""
    owner = pod.metadata.controller
    overdue = pod.terminating and now.seconds_since(pod.metadata.deletion_timestamp) > REMOVAL
    return pod.finished and overdue and owner is not None and owner.kind == "StatefulSet"


def _node_down(pod: Pod, around: Surroundings) -> NodeDown | None:
    """Where Nodes were withheld, the mark of the node lifecycle controller tells: Ready False although all containers are ready."""
    name = pod.spec.node_name
    if not name:
        return None
    if around.nodes is None:
        return NodeDown(pod, name, None) if _marked(pod) else None
    node = around.nodes.get(name)
    if node is None:
        return NodeDown(pod, name, None, gone=True)
    return None if _up(node) else NodeDown(pod, name, node.ready_condition)


def _marked(pod: Pod) -> bool:
    ready = pod.condition("Ready")
    return (
        ready is not None and ready.status == "False" and not ready.reason
        and is_true(pod.status.conditions, "ContainersReady")
        and all(is_true(pod.status.conditions, gate.condition_type) for gate in pod.spec.readiness_gates)
    )


def _up(node: Node) -> bool:
    return is_true(node.status.conditions, "Ready")


def _unscheduled(pod: Pod, around: Surroundings) -> Trouble | None:
    scheduled = pod.condition("PodScheduled")
    since = scheduled.last_transition_time if scheduled else pod.metadata.creation_timestamp
    if not around.overdue(since, SCHEDULING):
        return None
    if scheduled is None:
        return Unschedulable(pod, "", "")
    if "free ports for the requested pod ports" in scheduled.message:
        return HostPortTaken(pod, scheduled.message) if _wants_node_port(pod) else None
    if scheduled.reason == "Unschedulable" and _taken_by_none(scheduled.message):
        return _closed(pod, scheduled.message, around)
    return Unschedulable(pod, scheduled.reason, scheduled.message)


def _wants_node_port(pod: Pod) -> bool:
    declared = [port for container in pod.spec.serving_containers for port in container.ports]
    return bool(declared) and (pod.spec.host_network or any(port.host_port for port in declared))


def _taken_by_none(message: str) -> bool:
    """Whether the scheduler turned every node down as cordoned or tainted, and not for lack of room (FitError.Error)."""
    total = re.match(r"0/(\d+) nodes are available: ", message)
    if total is None or ("were unschedulable" not in message and "taint" not in message):
        return False
    reasons = message[total.end():].partition(" preemption:")[0]
    shut = sum(int(count) for count in re.findall(r"(\d+) node\(s\) (?:were unschedulable|had untolerated taint)", reasons))
    return shut >= int(total[1]) > 0


def _closed(pod: Pod, message: str, around: Surroundings) -> Trouble | None:
    """Closed to everyone, as the Nodes themselves say: the scheduler's message does not tell one taint from another."""
    if around.nodes is None:
        return Undecided(pod)
    workers = [node for node in around.nodes.values() if CONTROL_PLANE not in node.labels] or list(around.nodes.values())
    cordoned = tuple(sorted(node.name for node in workers if node.spec.unschedulable))
    down = tuple(sorted(node.name for node in workers if not _up(node) and not node.spec.unschedulable))
    if len(cordoned) + len(down) == len(workers):
        return NodesClosed(pod, message, cordoned, down)
    # Where a node is open to all by now, the message is older than the Nodes, and the scheduler will try again.
    opened = any(node.name not in (*cordoned, *down) and not _tainted(node) for node in workers)
    return None if opened else Unschedulable(pod, "Unschedulable", message)


def _tainted(node: Node) -> bool:
    return any(taint.effect != "PreferNoSchedule" and taint.key != "node.kubernetes.io/unschedulable" for taint in node.spec.taints)


def _without_address(pod: Pod, around: Surroundings) -> Trouble | None:
    if pod.addresses:
        return None
    scheduled = pod.condition("PodScheduled")
    since = scheduled.last_transition_time if scheduled else pod.status.start_time
    if not around.overdue(since, SANDBOX):
        return None
    if around.events is None:
        return Undecided(pod)
    mounts = around.told_of_kin(pod, MOUNT)
    sandbox = around.told_of_kin(pod, SANDBOX_EVENTS)
    if mounts and not sandbox:
        return ConfigMissing(pod, mounts[0].message)
    return NoAddress(pod, sandbox[0].message if sandbox else "")
