"""The StatefulSet that the examined Service governs or was meant to govern, and its Pods.

Source of the rules: the StatefulSet controller gives each Pod its own name as hostname and serviceName as subdomain (pkg/controller/statefulset,
initIdentity and updateIdentity); serviceName cannot be changed (pkg/apis/apps/validation).
"""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.evidence import NamedService, NamedStatefulSet, PodServices, SelectedPods, ServiceKey
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.subject import StatefulSetSubject, Subject
from kubectl_svcdoctor.model.workload import Pod, StatefulSet

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
"""The labels that the controller gives to each Pod: its own name, and its number."""


class NamespaceSets(tuple[StatefulSet, ...]):
    """The StatefulSets of the namespace; read where the Service is headless or a StatefulSet made its Pods."""


class GoverningService(tuple[Service, ...]):
    """The Service that the StatefulSet's serviceName names, where that is not the one that is examined: one, or none."""


class SetPods(tuple[Pod, ...]):
    """All Pods of the StatefulSet."""


@dataclass(frozen=True, slots=True)
class Governed:
    """The StatefulSet at hand."""

    set: StatefulSet

    @property
    def governing(self) -> str:
        """The name of its governing Service, empty where it names none."""
        return self.set.spec.service_name

    @property
    def pod_names(self) -> tuple[str, ...]:
        """The names that its Pods have or are to have, in order."""
        return tuple(f"{self.set.name}-{number}" for number in numbers(self.set))

    @property
    def first_name(self) -> str:
        """The name of its first Pod, whether it wants any or not."""
        return f"{self.set.name}-{self.set.spec.ordinals.start}"


def numbers(item: StatefulSet) -> range:
    """The numbers of a StatefulSet's Pods: `replicas` of them from spec.ordinals.start on."""
    start = item.spec.ordinals.start
    return range(start, start + (item.wanted or 0))


@asks(NamespaceSets)
def namespace_sets(subject: Subject, service: Service, pods: SelectedPods | None = None) -> Query[StatefulSet] | Irrelevant:
    owned = any(owner.kind == "StatefulSet" for pod in pods or () if (owner := pod.metadata.controller))
    if isinstance(subject, StatefulSetSubject) or not (owned or service.headless):
        return Irrelevant("no StatefulSet is in sight")
    return Query(StatefulSet, service.namespace)


@derives
def governed(
    named: NamedStatefulSet | None = None, sets: NamespaceSets | None = None, service: Service | None = None, pods: SelectedPods | None = None
) -> Governed | Irrelevant:
    if named:
        return Governed(named[0])
    if service is None or not sets:
        return Irrelevant("no StatefulSet is in sight")
    owners = {owner.name for pod in pods or () if (owner := pod.metadata.controller) and owner.kind == "StatefulSet"}
    found = [item for item in sets if item.name in owners or item.spec.service_name == service.name]
    best = min(found, key=lambda item: (item.spec.service_name != service.name, item.name), default=None)
    return Governed(best) if best else Irrelevant("no StatefulSet is in sight")


@asks(GoverningService)
def governing_service(which: Governed, key: ServiceKey) -> Query[Service] | Irrelevant:
    if which.governing in ("", key.name):
        return Irrelevant("the governing Service is the one that is examined, or there is none")
    return Query(Service, which.set.namespace, which.governing)


@asks(SetPods)
def set_pods(which: Governed) -> Query[Pod]:
    return Query(Pod, which.set.namespace, labels=labels(which.set.spec.selector.match_labels))


@dataclass(frozen=True, slots=True)
class Misgoverned:
    """The StatefulSet's serviceName leads to no Service that gives its Pods names, and the headless Service `other` (if any) selects them instead."""

    set: StatefulSet
    missing: bool
    other: Service | None


@derives
def misgoverned(
    which: Governed, named: NamedService | None = None, governing: GoverningService | None = None, services: PodServices | None = None,
    service: Service | None = None,
) -> Misgoverned | Irrelevant:
    item, name = which.set, which.governing
    if not name or item.metadata.deletion_timestamp:
        return Irrelevant("the StatefulSet names no governing Service")
    known = (*(services or ()), *(named or ()), *(governing or ()))
    if services is None and governing is None and (named is None or not any(entry.name == name for entry in named)):
        return Irrelevant("the governing Service could not be checked", unseen=True)
    own = next((entry for entry in known if entry.name == name), None)
    if own is not None and (not own.headless or _selects(own, item)):
        return Irrelevant("the governing Service is there")
    candidates = [entry for entry in (*(services or ()), *((service,) if service else ())) if entry.name != name and entry.headless]
    other = next((entry for entry in sorted(candidates, key=lambda entry: entry.name) if _selects(entry, item)), None)
    return Misgoverned(item, own is None, other) if own is None or other is not None else Irrelevant("the governing Service is there")


def _selects(service: Service, item: StatefulSet) -> bool:
    return bool(service.selector) and service.selector.items() <= item.template_labels.items()
