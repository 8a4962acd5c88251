"""Pods of several workloads behind one selector: which of them are strangers, told by their owners, their ports and their images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selection.candidates import shared
from kubectl_svcdoctor.graph.selection.comparison import IDENTITY
from kubectl_svcdoctor.graph.selection.targets import declares_any
from kubectl_svcdoctor.graph.surroundings import owner_of
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Group:
    """The ready selected Pods of one owner. `declares`: their containers declare a target of the Service."""

    owner: ObjectRef
    pods: tuple[Pod, ...]
    declares: bool
    images: frozenset[str]

    @property
    def labels(self) -> Mapping[str, str]:
        return shared(self.pods)


@dataclass(frozen=True, slots=True)
class Strangers:
    """Pods that are probably picked by accident.

    `apart`: strangers that do not declare what all `own` Pods declare, with none of their images. Otherwise they declare it, and are
    another application by their labels and images: a suspicion. `asked`: requests reach them; they do not where all that they lack is the
    named port of a ClusterIP Service, since their slice has no port then. `telling`: a pair that all own Pods have and no stranger has.
    """

    own: tuple[Group, ...]
    strangers: tuple[Group, ...]
    apart: bool
    asked: bool
    telling: tuple[str, str] | None


@derives
def strangers(service: Service, pods: SelectedPods) -> Strangers | Irrelevant:
    """Irrelevant for Pods of one owner, and for several that serve the same on purpose (canary, blue and green, primary and replica).

    Only Pods in whose name the Service answers count: ready ones.
    """
    groups = _groups(service, pods)
    own = tuple(group for group in groups if group.declares)
    if len(groups) < 2 or not own or not service.spec.ports:
        return Irrelevant("all selected Pods are of one workload")
    images = frozenset[str]().union(*(group.images for group in own))
    apart = tuple(group for group in groups if not group.declares and not group.images & images)
    if apart:
        asked = service.headless or any(isinstance(port.target, int) for port in service.spec.ports)
        return Strangers(own, apart, True, asked, _telling(own, apart))
    chosen = max(own, key=lambda group: (group.owner.name == service.name, len(group.pods), group.owner))
    others = tuple(group for group in own if group is not chosen and _another(service, chosen, group))
    if not others:
        return Irrelevant("the selected Pods serve the same")
    kept = tuple(group for group in own if group not in others)
    return Strangers(kept, others, False, True, _telling(kept, others))


def _groups(service: Service, pods: Iterable[Pod]) -> tuple[Group, ...]:
    found: dict[ObjectRef, list[Pod]] = defaultdict(list)
    for pod in pods:
        asked = pod.ready or service.spec.publish_not_ready_addresses
        if asked and not pod.finished and not pod.terminating:
            found[owner_of(pod)].append(pod)
    return tuple(_group(service, owner, group) for owner, group in sorted(found.items()))


def _group(service: Service, owner: ObjectRef, pods: list[Pod]) -> Group:
    images = frozenset(_repository(entry.image) for pod in pods for entry in pod.spec.containers)
    return Group(owner, tuple(pods), any(declares_any(service, pod.spec) for pod in pods), images)


def _repository(image: str) -> str:
    """The image without its tag and digest, so that two versions of a program count as one."""
    path, slash, name = image.partition("@")[0].rpartition("/")
    return path + slash + name.partition(":")[0]


def _another(service: Service, one: Group, other: Group) -> bool:
    """Whether two groups that both declare the port are different applications: nothing of their images is the same, and a label says so."""
    named = [key for key in IDENTITY if key not in service.selector and key in one.labels and key in other.labels]
    return not one.images & other.images and any(one.labels[key] != other.labels[key] for key in named)


def _telling(own: tuple[Group, ...], others: tuple[Group, ...]) -> tuple[str, str] | None:
    pairs = shared(pod for group in own for pod in group.pods)
    foreign = {pair for group in others for pod in group.pods for pair in pod.labels.items()}
    found = [pair for pair in pairs.items() if pair not in foreign]
    rank = {key: place for place, key in enumerate(IDENTITY)}
    return min(found, key=lambda pair: (rank.get(pair[0], len(rank)), pair)) if found else None
