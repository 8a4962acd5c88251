"""Pods of several workloads behind one selector: which of them are of another application, by their owners, ports and images, and by what probes found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.ports.listeners import Listener, Listeners, OtherDials
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.candidates import shared
from kubectl_svcdoctor.graph.selector.comparison import IDENTITY
from kubectl_svcdoctor.graph.selector.making import Makers
from kubectl_svcdoctor.graph.selector.targets import declares_any, programs
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod, Workload


@dataclass(frozen=True, slots=True)
class Group:
    """The ready selected Pods of one owner. `declares`: their containers declare a target of the Service. `offers`: they declare any port. `labels`: what
    the Pods share, or what the template gives where there is none."""

    owner: ObjectRef
    pods: tuple[Pod, ...]
    declares: bool
    offers: bool
    images: frozenset[str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OtherApplications:
    """Pods of other workloads that are probably picked by accident.

    `apart`: they do not declare what all `own` Pods declare, with none of their images. Otherwise they declare it, and are another application by
    their labels and images: a suspicion. `asked`: requests reach them; they do not where all that they lack is the named port of a ClusterIP Service,
    since their slice has no port then. `telling`: a pair that all own Pods have and none of the others has.
    """

    own: tuple[Group, ...]
    others: tuple[Group, ...]
    apart: bool
    asked: bool
    telling: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Crowd:
    """The selected Pods of several owners, by owner: those in whose name the Service answers, and owners none of whose Pods is ready, or that have none."""

    groups: tuple[Group, ...]
    waiting: tuple[Group, ...]


class Refusing(tuple[Group, ...]):
    """Groups of other applications than those that accept connections, or declare the port and are not ready, whose Pods refuse every TCP port: not empty.

    Each declares other ports than the Service's, or none of its ports was found open: else it is the port that is wrong.
    """


@derives
def crowd(service: Service, pods: SelectedPods, makers: Makers | None = None) -> Crowd | Irrelevant:
    found: dict[ObjectRef, list[Pod]] = defaultdict(list)
    for pod in pods:
        if not pod.finished and not pod.terminating:
            found[owner_of(pod)].append(pod)
    gone = tuple(_maker(service, entry) for entry in makers or () if entry.ref not in found)
    if len(found) + len(gone) < 2 or not found or not service.spec.ports:
        return Irrelevant("all selected Pods are of one workload", unseen=True)
    published = service.spec.publish_not_ready_addresses
    answering = {owner: [pod for pod in group if pod.ready or published] for owner, group in sorted(found.items())}
    return Crowd(
        tuple(_group(service, owner, group) for owner, group in answering.items() if group),
        (*(_group(service, owner, found[owner]) for owner, group in answering.items() if not group), *gone),
    )


@derives
def other_applications(service: Service, crowd: Crowd) -> OtherApplications | Irrelevant:
    """Irrelevant for several workloads that serve the same on purpose (canary, blue and green, primary and replica).

    Declared ports inform and do not bind: Pods that declare none at all may serve any,
    but for those of a Job.
    """
    own = tuple(group for group in (*crowd.groups, *crowd.waiting) if group.declares)
    if not own:
        return Irrelevant("no selected Pod declares the Service's ports, and undeclared ports work")
    images = frozenset[str]().union(*(group.images for group in own))
    # A named targetPort is found by its declaration alone; behind a number, Pods that declare nothing may listen.
    asked = service.headless or any(isinstance(port.target, int) for port in service.spec.ports)
    apart = tuple(
        group for group in crowd.groups
        if not group.declares and not group.images & images and (group.offers or not asked or group.owner.kind == "Job")
    )
    if apart:
        return OtherApplications(own, apart, True, asked, telling(own, apart))
    own = tuple(group for group in own if group in crowd.groups)
    chosen = max(own, key=lambda group: (group.owner.name == service.name, len(group.pods), group.owner), default=None)
    others = tuple(group for group in own if chosen and group is not chosen and _another(service, chosen, group))
    if not others:
        return Irrelevant("the selected Pods serve the same")
    kept = tuple(group for group in own if group not in others)
    return OtherApplications(kept, others, False, True, telling(kept, others))


@derives
def refusing(crowd: Crowd, listeners: Listeners, dials: OtherDials | None = None) -> Refusing | Irrelevant:
    """What a probe has shown of one Pod holds for its group. A group that shares an image with one that is meant is the same application, in trouble, but
    for a part of it that its label names and that declares no port: the worker of a program whose server is meant."""
    accepting = [group for group in crowd.groups if accepts(group, listeners)]
    meant = accepting or [group for group in crowd.waiting if group.declares]
    found = tuple(
        group for group in crowd.groups if group not in meant and all(_foreign(group, other) for other in meant) and (tried := _of(group, listeners))
        and all(entry.address is False and entry.loopback is not True for entry in tried)
        and ((group.offers and not group.declares) or not any(dials.open(entry.pod) for entry in tried if dials))
    )
    return Refusing(found) if found and meant else Irrelevant("no selected Pods of another application refuse")


def _foreign(group: Group, meant: Group) -> bool:
    part = not group.offers and meant.declares and any(group.labels[key] != meant.labels[key] for key in _named(group, meant))
    return part or not group.images & meant.images


def accepts(group: Group, listeners: Listeners) -> bool:
    """Whether a Pod of the group was found to accept connections on a port that the Service targets."""
    return any(entry.address for entry in _of(group, listeners))


def _of(group: Group, listeners: Listeners) -> list[Listener]:
    names = {pod.name for pod in group.pods}
    return [entry for entry in listeners if entry.pod.name in names]


def telling(own: tuple[Group, ...], others: tuple[Group, ...]) -> tuple[str, str] | None:
    """A pair that all own Pods have and none of the others has: one that says which application it is, if there is such a pair."""
    pairs = set.intersection(*(set(group.labels.items()) for group in own)) if own else set()
    foreign = {pair for group in others for pod in group.pods for pair in pod.labels.items()}
    found = pairs - foreign
    rank = {key: place for place, key in enumerate(IDENTITY)}
    return min(found, key=lambda pair: (rank.get(pair[0], len(rank)), pair)) if found else None


def _group(service: Service, owner: ObjectRef, pods: list[Pod]) -> Group:
    images = frozenset[str]().union(*(programs(pod.spec) for pod in pods))
    offers = any(entry.ports for pod in pods for entry in pod.spec.serving_containers)
    return Group(owner, tuple(pods), any(declares_any(service, pod.spec) for pod in pods), offers, images, shared(pods))


def _maker(service: Service, workload: Workload) -> Group:
    spec = workload.spec.template.spec
    offers = any(entry.ports for entry in spec.serving_containers)
    return Group(workload.ref, (), declares_any(service, spec), offers, programs(spec), workload.template_labels)


def _another(service: Service, one: Group, other: Group) -> bool:
    """Whether two groups that both declare the port are different applications: nothing of their images is the same, and a label says so."""
    return not one.images & other.images and any(one.labels[key] != other.labels[key] for key in _named(one, other) if key not in service.selector)


def _named(one: Group, other: Group) -> list[str]:
    return [key for key in IDENTITY if key in one.labels and key in other.labels]
