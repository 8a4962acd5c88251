"""From what the user named to the Service that is examined: a StatefulSet's governing Service, a Pod's, or the one that a DNS name means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.sts.governed import POD_INDEX, POD_NAME, numbers
from kubectl_svcdoctor.model.branch import Backends, Branch
from kubectl_svcdoctor.model.evidence import NamedPod, NamedStatefulSet, PodServices, ServiceKey
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.subject import NameSubject, PodSubject, ServiceSubject, StatefulSetSubject, Subject
from kubectl_svcdoctor.model.workload import Pod, StatefulSet


@dataclass(frozen=True, slots=True)
class ClientName:
    """What a DNS name means to a client in its namespace, by the search path that the kubelet gives to Pods (`ns.svc.DOMAIN svc.DOMAIN DOMAIN`).

    `host` is the label of a single Pod; `port_name` and `protocol` those of a SRV name; `domain` is what was typed behind `svc`, empty
    where the search path supplies it; `qualified` tells whether the namespace was typed.
    """

    service: str
    namespace: str
    host: str = ""
    port_name: str = ""
    protocol: str = ""
    domain: str = ""
    qualified: bool = True


class SubjectSets(tuple[StatefulSet, ...]):
    """The StatefulSets of the namespace, where one of them is the subject: the others tell who else makes Pods with the same labels."""


@asks(SubjectSets)
def subject_sets(subject: Subject) -> Query[StatefulSet] | Irrelevant:
    if not isinstance(subject, StatefulSetSubject):
        return Irrelevant("the subject is no StatefulSet")
    return Query(StatefulSet, subject.namespace)


@derives
def named_stateful_set(subject: Subject, sets: SubjectSets) -> NamedStatefulSet:
    return NamedStatefulSet(item for item in sets if item.name == subject.name)


@asks(NamedPod)
def named_pod(subject: Subject) -> Query[Pod] | Irrelevant:
    if not isinstance(subject, PodSubject):
        return Irrelevant("the subject is no Pod")
    return Query(Pod, subject.namespace, subject.name)


@asks(PodServices)
def pod_services(subject: Subject) -> Query[Service] | Irrelevant:
    labels = _labels(subject)
    if isinstance(subject, ServiceSubject) or (isinstance(subject, NameSubject) and len(labels) != 2):
        return Irrelevant("it is plain which Service is meant")
    return Query(Service, subject.namespace)


@derives
def client_name(subject: Subject, services: PodServices | None = None) -> ClientName | Irrelevant:
    if not isinstance(subject, NameSubject):
        return Irrelevant("the subject is no DNS name")
    labels = _labels(subject)
    port_name, protocol = "", ""
    if len(labels) > 2 and labels[0].startswith("_") and labels[1].startswith("_"):
        port_name, protocol, labels = labels[0][1:], labels[1][1:], labels[2:]
    domain = ""
    if "svc" in labels[1:]:
        place = labels.index("svc", 1)
        labels, domain = labels[:place], ".".join(labels[place + 1:])
        qualified = True
    else:
        # The search path tries the client's own namespace first, so `db-0.db` is a Pod's name where the namespace has a Service db.
        local = len(labels) == 1 or (len(labels) == 2 and any(service.name == labels[1] for service in services or ()))
        labels, qualified = [*labels, subject.namespace] if local else labels, not local
    if len(labels) < 2:
        labels = [*labels, subject.namespace]
    return ClientName(labels[-2], labels[-1], ".".join(labels[:-2]), port_name, protocol, domain, qualified)


def _labels(subject: Subject) -> list[str]:
    return subject.name.rstrip(".").split(".")


@derives
def backends(
    subject: Subject, sets: NamedStatefulSet | None = None, pods: NamedPod | None = None, services: PodServices | None = None,
    name: ClientName | None = None,
) -> Backends | Irrelevant:
    """A Service leads to itself; a StatefulSet and a Pod are led to by all Services that select them, or a single Pod of the set, the governing one first."""
    if isinstance(subject, ServiceSubject):
        return _leading([ServiceKey(subject.namespace, subject.name)])
    if name is not None:
        return _leading([ServiceKey(name.namespace, name.service)])
    if sets:
        governing = sets[0].spec.service_name
        first = [ServiceKey(subject.namespace, governing)] if governing else []
        found = [*first, *_selecting(services or (), *_carried(sets[0]))]
        return _leading(found) if found else Irrelevant(f"StatefulSet {subject.name} has no serviceName")
    if pods:
        named = [ServiceKey(service.namespace, service.name) for service in services or () if service.name == pods[0].spec.subdomain]
        found = [*named, *_selecting(services or (), pods[0].labels)]
        return _leading(found) if found else Irrelevant(f"no Service selects Pod {subject.name}")
    return Irrelevant(f"{subject.kind} {subject.name} was not found or could not be read", unseen=True)


def _leading(keys: list[ServiceKey]) -> Backends:
    return Backends(Branch(key) for key in dict.fromkeys(keys))


def _carried(item: StatefulSet) -> Iterator[dict[str, str]]:
    """The labels of its template, and those of each Pod, to which the controller adds the Pod's name and number (updateIdentity, initIdentity)."""
    yield item.template_labels
    for number in numbers(item):
        yield {**item.template_labels, POD_NAME: f"{item.name}-{number}", POD_INDEX: str(number)}


def _selecting(services: tuple[Service, ...], *labels: dict[str, str]) -> list[ServiceKey]:
    """The Services whose selector matches one of these sets of labels, by name."""
    found = (service for service in services if service.selector and any(service.selector.items() <= each.items() for each in labels))
    return [ServiceKey(service.namespace, service.name) for service in sorted(found, key=lambda service: service.name)]
