"""What can be wrong with a Pod: one class a trouble. A Pod has at most one, the first that holds it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kubectl_svcdoctor.graph.pods.probe_answers import Aspect
from kubectl_svcdoctor.model.calls import Call
from kubectl_svcdoctor.model.meta import Condition
from kubectl_svcdoctor.model.workload import Container, ContainerStatus, Pod, StateTerminated

VAGUE: frozenset[Aspect] = frozenset({"", "start", "late"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """The Pod that has it. `running`: its containers run, so that publishNotReadyAddresses still sends clients there."""

    running: ClassVar[bool] = False
    pod: Pod

    @property
    def vague(self) -> bool:
        """Whether what is wrong may be a slow start, and no more."""
        return False


@dataclass(frozen=True, slots=True)
class Undecided(Trouble):
    """Something is wrong, and what it is cannot be told without what was withheld; no check speaks of it."""


@dataclass(frozen=True, slots=True)
class NodeDown(Trouble):
    """Its node is not ready, or there is no such Node (`gone`). `condition` is the node's Ready, None where it was not seen."""

    node: str
    condition: Condition | None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class NodesClosed(Trouble):
    """It waits for a node while all that could take it are cordoned or not ready: these."""

    message: str
    cordoned: tuple[str, ...]
    unready: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unschedulable(Trouble):
    """No node takes it; `reason` and `message` are the scheduler's, empty when no scheduler has looked at it."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class HostPortTaken(Trouble):
    """It wants a port of the node itself, and no node has it free."""

    message: str


@dataclass(frozen=True, slots=True)
class NoAddress(Trouble):
    """It has a node but no IP address: the network plugin or the container runtime did not make its sandbox."""

    message: str


@dataclass(frozen=True, slots=True)
class ConfigMissing(Trouble):
    """A ConfigMap, Secret or volume that it needs is not there. `container` is empty for a volume."""

    message: str
    container: str = ""


@dataclass(frozen=True, slots=True)
class TerminatingStuck(Trouble):
    """It was to be gone `overdue` seconds ago, its grace period included."""

    overdue: float


@dataclass(frozen=True, slots=True)
class GateUnmet(Trouble):
    """All containers are ready, and these readiness gates are not: (condition type, condition or None when nobody wrote it)."""

    running: ClassVar[bool] = True
    gates: tuple[tuple[str, Condition | None], ...]


@dataclass(frozen=True, slots=True)
class ContainerTrouble(Trouble):
    """A container's trouble; `message` is the kubelet's own, or empty."""

    container: Container
    status: ContainerStatus
    message: str


@dataclass(frozen=True, slots=True)
class ImagePull(ContainerTrouble):
    """Its image cannot be had; `reason` is the kubelet's."""

    reason: str


@dataclass(frozen=True, slots=True)
class InitStuck(ContainerTrouble):
    """An init container fails, or runs on and on.

    `asked`: what its command calls, in that order. `circular`: one of them needs an endpoint of the very Service that this Pod stands behind.
    """

    end: StateTerminated | None
    asked: tuple[Call, ...]
    circular: bool


@dataclass(frozen=True, slots=True)
class Crash(ContainerTrouble):
    """It ends, or does not start, again and again. `beside`: other containers of the Pod that do so too, and how they ended."""

    end: StateTerminated | None
    beside: tuple[tuple[str, StateTerminated | None], ...] = ()


@dataclass(frozen=True, slots=True)
class OutOfMemory(ContainerTrouble):
    """The kernel kills it at its memory limit, again and again."""

    end: StateTerminated


@dataclass(frozen=True, slots=True)
class LivenessKill(ContainerTrouble):
    """The kubelet restarts it since its liveness probe fails. `lived`: seconds from its start to its end, None where nobody said.

    `answering`: its readiness probe was met in the same run, on another port.
    `needs`: seconds that the same container of a ready Pod took to become ready, None where none did.
    """

    aspect: Aspect
    answering: bool
    lived: float | None
    needs: float | None

    @property
    def vague(self) -> bool:
        return self.aspect in VAGUE


@dataclass(frozen=True, slots=True)
class StartupFails(ContainerTrouble):
    """Its startup probe does not succeed in its time."""

    running: ClassVar[bool] = True
    aspect: Aspect

    @property
    def vague(self) -> bool:
        return self.aspect in VAGUE


@dataclass(frozen=True, slots=True)
class ReadinessFails(ContainerTrouble):
    """It runs, and its readiness probe fails."""

    running: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ProbeMismatch(ContainerTrouble):
    """Its readiness probe asks what it does not serve."""

    running: ClassVar[bool] = True
    aspect: Aspect


@dataclass(frozen=True, slots=True)
class SidecarUnready(ContainerTrouble):
    """A container beside the application is not ready and holds the whole Pod back."""

    running: ClassVar[bool] = True
