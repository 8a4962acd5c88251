"""A Service without selector and without any endpoint: the Pods that it was probably meant for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.selector.candidates import shared
from kubectl_svcdoctor.graph.selector.comparison import IDENTITY
from kubectl_svcdoctor.graph.selector.targets import contradicts
from kubectl_svcdoctor.model.endpoints import LEADER
from kubectl_svcdoctor.model.evidence import NamespaceSlices, Now, ServiceEndpoints, ServiceSlices
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod

SETTLING = 30.0
"""Seconds in which slices by hand may follow the Service."""

_OPERATED = ("knative", "kubevirt", "patroni", "spilo", "zalando", "percona", "cnpg", "postgres-operator", "leader", "consul", "submariner",
             "multicluster", "cilium", "linkerd", "istio", "skupper", "telepresence")


class UnselectedPods(tuple[Pod, ...]):
    """All Pods of the namespace; read only when the Service has neither a selector nor anything that could stand for one."""


@dataclass(frozen=True, slots=True)
class Unselecting:
    """The Service picks nothing and nobody wrote endpoints. `meant`: the workload that fits by its labels or name, with the selector for it."""

    meant: ObjectRef | None
    pods: tuple[Pod, ...]
    selector: Mapping[str, str]
    why: str


@asks(UnselectedPods)
def unselected_pods(
    service: Service, slices: ServiceSlices, nearby: NamespaceSlices, endpoints: ServiceEndpoints, now: Now
) -> Query[Pod] | Irrelevant:
    if service.external or service.selector or slices or endpoints or service.headless:
        return Irrelevant("the Service has a selector, endpoints, or only gives names")
    if any(not part.by_controller and part.endpoints and part.name.startswith(service.name) for part in nearby):
        return Irrelevant("a slice by hand was meant for it")
    if _operated(service) or now.seconds_since(service.metadata.creation_timestamp) < SETTLING:
        return Irrelevant("something else writes its endpoints, or may yet do so")
    return Query(Pod, service.namespace)


def _operated(service: Service) -> bool:
    """Whether an operator, a mesh or a leader election cares for the endpoints; kubernetes.default has its own controller."""
    if (service.namespace, service.name) == ("default", "kubernetes") or service.metadata.owner_references:
        return True
    marks = [*service.metadata.annotations, *service.labels, *service.labels.values()]
    return LEADER in service.metadata.annotations or any(name in mark.casefold() for mark in marks for name in _OPERATED)


@derives
def unselecting(service: Service, pods: UnselectedPods) -> Unselecting:
    """The Pods of the one workload that carries the Service's own labels, or else its name; nobody where that is not unique."""
    groups: dict[ObjectRef, list[Pod]] = defaultdict(list)
    for pod in pods:
        if not pod.finished and not pod.terminating:
            groups[owner_of(pod)].append(pod)
    serving = {ref: group for ref, group in groups.items() if not contradicts(service, group[0].spec)}
    own = {key: value for key, value in service.labels.items() if key in IDENTITY or key == "app.kubernetes.io/instance"}
    for why, fitting in (
        ("has the labels of the Service itself", [ref for ref, group in serving.items() if own and own.items() <= shared(group).items()]),
        ("has the name of the Service", [ref for ref in serving if ref.name == service.name]),
    ):
        if len(fitting) == 1:
            return Unselecting(fitting[0], tuple(groups[fitting[0]]), _selector(fitting[0], groups), why)
    return Unselecting(None, (), {}, "")


def _selector(ref: ObjectRef, groups: Mapping[ObjectRef, Sequence[Pod]]) -> Mapping[str, str]:
    """The fewest usual labels that pick these Pods and no others of the namespace; all that they share where the usual ones do not do."""
    labels = shared(groups[ref])
    others = [pod.labels.items() for other, group in groups.items() if other != ref for pod in group]
    chosen: dict[str, str] = {}
    for key in (*IDENTITY, "app.kubernetes.io/instance", *labels):
        if key in labels and key not in chosen and (not chosen or any(chosen.items() <= other for other in others)):
            chosen[key] = labels[key]
    return {} if any(chosen.items() <= other for other in others) else chosen
