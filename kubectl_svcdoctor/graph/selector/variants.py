"""Why a selector picks no Pod: one class an explanation. A Service has at most one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.selector.candidates import Candidate
from kubectl_svcdoctor.model.meta import OwnerReference
from kubectl_svcdoctor.model.rollouts import Rollout
from kubectl_svcdoctor.model.workload import Pod, Workload


@dataclass(frozen=True, slots=True)
class NearMiss:
    """`candidate` was probably meant. `rivals` are as near and would need another selector; `besides` would be picked by the same one.

    `one_away`: living Pods that miss one pair only.
    """

    candidate: Candidate
    rivals: tuple[Candidate, ...]
    besides: tuple[Candidate, ...]
    one_away: int


@dataclass(frozen=True, slots=True)
class ValueDiffers(NearMiss):
    """At least one label has another value than the selector asks for."""


@dataclass(frozen=True, slots=True)
class KeyDiffers(NearMiss):
    """The values are there, under other keys, or key and value stand the other way round."""


@dataclass(frozen=True, slots=True)
class ExtraLabel(NearMiss):
    """All that misses is a label which the Pods do not have."""


@dataclass(frozen=True, slots=True)
class LabelsOnlyOnWorkload:
    """The workload's own metadata has the selector's labels, its template has not."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class WrongColour:
    """The selector names a version that has no Pods, while another of the same application has.

    `key` is the label that tells them apart, `retired` the workload of the selected version, None when it is gone.
    """

    live: Candidate
    key: str
    retired: Workload | None
    rivals: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class HalfRolledOut:
    """The workload's template has the labels; its ready Pods, of a revision before, have not.

    `ready`: how many those are. `lacking`: what of the selector they lack, or may lack where they were not read. `corrected` picks them, and is
    empty where nothing is known to. `new`: the Pods of the new revision, none of them ready.
    """

    workload: Workload
    ready: int
    lacking: Mapping[str, str]
    corrected: Mapping[str, str]
    new: tuple[Pod, ...]


@dataclass(frozen=True, slots=True)
class ScaledToZero:
    """The workload would make matching Pods and is told to make none. `by` names what scales it on purpose; `needed` replicas would do."""

    workload: Workload
    needed: int
    by: str


@dataclass(frozen=True, slots=True)
class CannotCreate:
    """The workload wants matching Pods and has none. `message` is what its controller was told by the API server, empty when nobody said."""

    workload: Workload
    wanted: int
    message: str
    young: bool


@dataclass(frozen=True, slots=True)
class OnlyFinished:
    """All matching Pods have succeeded or failed. `near` is a living candidate, if one is worth naming."""

    pods: tuple[Pod, ...]
    near: Candidate | None


@dataclass(frozen=True, slots=True)
class WrongNamespace:
    """Living Pods with exactly these labels, by namespace; none is in the Service's own."""

    namespaces: Mapping[str, tuple[Pod, ...]]


@dataclass(frozen=True, slots=True)
class WorkloadMissing:
    """Nothing that was read makes such Pods, or nearly such. `nearest` are the least distant ones, as evidence and no more.

    `unseen`: what was withheld, so that the reason stays open. `maker`: the object that owns the Service. `parked`: the kind, in the plural,
    of what makes its Pods, if that is one that rests on purpose; such objects are not read. `rollout`: the Rollout whose template has the labels.
    """

    nearest: tuple[Candidate, ...]
    unseen: tuple[str, ...]
    maker: OwnerReference | None
    parked: str
    rollout: Rollout | None = None


@dataclass(frozen=True, slots=True)
class RolloutUnderWay:
    """The workload's new Pods will match, the old ones do not, and the rollout is in its time: nothing is wrong but that clients have to wait."""

    workload: Workload
