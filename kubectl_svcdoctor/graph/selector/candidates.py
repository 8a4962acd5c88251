"""The workloads and Pods of the namespace beside a selector that picks no living Pod, the nearest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.comparison import GIVEN, Difference, compare, plausible
from kubectl_svcdoctor.graph.selector.targets import contradicts
from kubectl_svcdoctor.model.evidence import DaemonSets, Deployments, NamespacePods, SelectedPods, StatefulSets
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod, PodSpec, Workload

CLOSELY = 50
"""How many of the nearest are looked at closely, so that a namespace of thousands costs no more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A workload, or Pods of one owner that is none of those read (`workload` is None).

    `labels` are the template's, or what the Pods share. `pods` are the living ones, whatever labels they have. `namesake`: called as the
    Service. `serves`: its containers do not contradict the Service's ports. `alike`: the labels resemble the selector, not the name alone.
    """

    ref: ObjectRef
    workload: Workload | None
    labels: Mapping[str, str]
    pods: tuple[Pod, ...]
    difference: Difference
    namesake: bool
    serves: bool
    alike: bool = False

    @property
    def ready(self) -> int:
        return sum(pod.ready for pod in self.pods)


@dataclass(frozen=True, slots=True)
class Candidates:
    """`makers`: workloads whose template has all the selector's labels. `near`: those that the selector can have been meant for, best first.

    `others`: all the rest, the least distant first. `labelled`: the selector's labels stand in their own metadata and not in the template.
    `unseen` names the kinds that were withheld; without them nothing is near for certain.
    """

    makers: tuple[Candidate, ...]
    near: tuple[Candidate, ...]
    others: tuple[Candidate, ...]
    labelled: tuple[Candidate, ...]
    one_away: int
    unseen: tuple[str, ...]


@derives
def candidates(
    service: Service, selected: SelectedPods, pods: NamespacePods, deployments: Deployments | None = None,
    stateful_sets: StatefulSets | None = None, daemon_sets: DaemonSets | None = None,
) -> Candidates | Irrelevant:
    """All candidates of the Service's namespace. Irrelevant when the selector picks living Pods."""
    if any(not pod.finished for pod in selected):
        return Irrelevant("the selector matches living Pods")
    kinds = {"Deployments": deployments, "StatefulSets": stateful_sets, "DaemonSets": daemon_sets}
    workloads = [workload for kind in kinds.values() for workload in kind or ()]
    found = _ranked(service, _joined(service, workloads, pods))
    holding = [entry for entry in found if entry.workload and service.selector.items() <= entry.workload.labels.items()]
    near = [seen for entry in found[:CLOSELY] if entry.difference.count and (seen := _plausible(entry, found))]
    named = {entry.ref for entry in near}
    return Candidates(
        makers=tuple(entry for entry in found if not entry.difference.count and entry.workload),
        near=tuple(near),
        others=tuple(entry for entry in found if entry.difference.count and entry.ref not in named),
        labelled=tuple(entry for entry in holding if entry.difference.count),
        one_away=sum(len(entry.pods) for entry in found if entry.difference.count == 1),
        unseen=tuple(name for name, kind in kinds.items() if kind is None),
    )


def _joined(service: Service, workloads: Iterable[Workload], pods: Iterable[Pod]) -> list[Candidate]:
    groups: dict[ObjectRef, list[Pod]] = defaultdict(list)
    for pod in pods:
        if not pod.finished and not pod.terminating:
            groups[owner_of(pod)].append(pod)
    found = [
        _candidate(service, entry.ref, entry, entry.template_labels, groups.pop(entry.ref, []), entry.spec.template.spec)
        for entry in workloads if entry.metadata.deletion_timestamp is None
    ]
    found += [_candidate(service, ref, None, shared(group), group, group[0].spec) for ref, group in groups.items()]
    return found


def _candidate(
    service: Service, ref: ObjectRef, workload: Workload | None, labels: Mapping[str, str], pods: list[Pod], spec: PodSpec
) -> Candidate:
    return Candidate(
        ref, workload, labels, tuple(pods), compare(service.selector, labels), namesake=_bare(ref.name) == _bare(service.name),
        serves=not contradicts(service, spec),
    )


def shared(pods: Iterable[Pod]) -> Mapping[str, str]:
    """The labels that all these Pods have, without those that controllers give to single ones."""
    every = [set(pod.labels.items()) for pod in pods]
    return {key: value for key, value in sorted(set.intersection(*every)) if key not in GIVEN} if every else {}


def _bare(name: str) -> str:
    """A name without what people put behind it to say that it is a Service or a workload."""
    for suffix in ("-service", "-svc", "-headless", "-deployment", "-deploy", "-statefulset"):
        name = name.removesuffix(suffix)
    return name


def _plausible(entry: Candidate, found: Iterable[Candidate]) -> Candidate | None:
    """The candidate, knowing whether its labels are alike; None where the selector cannot have been meant for it."""
    agreeing = entry.difference.equal.items()
    alone = not any(other is not entry and agreeing <= other.labels.items() for other in found)
    alike = plausible(entry.difference, False, alone, entry.serves)
    return replace(entry, alike=alike) if alike or plausible(entry.difference, entry.namesake, alone, entry.serves) else None


def _ranked(service: Service, found: Iterable[Candidate]) -> list[Candidate]:
    """Fewest pairs that miss first, then the smallest difference, the Service's namesake, the most ready Pods."""
    return sorted(found, key=lambda entry: (
        entry.difference.count - len(entry.difference.equal) / (len(service.selector) + 1), entry.difference.cost, not entry.namesake,
        -entry.ready, entry.ref,
    ))
