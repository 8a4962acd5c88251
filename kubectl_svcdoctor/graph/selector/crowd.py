"""Pods of several workloads behind one selector, by what made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.surroundings import owner_of
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
class Crowd:
    """The selected Pods of several owners, by owner: those in whose name the Service answers, and owners none of whose Pods is ready, or that have none."""

    groups: tuple[Group, ...]
    waiting: tuple[Group, ...]


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
