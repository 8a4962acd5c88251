"""Whether the namespace is there at all in which something is missing: the API server gives empty lists for one that is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.subjects import SubjectSets
from kubectl_svcdoctor.model.cluster import Namespace
from kubectl_svcdoctor.model.evidence import NamedPod, NamedService, Namespaces, NamespaceServices, PodServices, ServiceKey, SubjectNamespaces
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.subject import Subject

_THERE = Irrelevant("the namespace is there")


@dataclass(frozen=True, slots=True)
class NoNamespace:
    """There is no namespace of this name; `near` are similar names, the most similar first."""

    name: str
    near: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """`there is no namespace shoop; did you mean shop?`"""
        return f"there is no namespace {self.name}" + (f"; did you mean {' or '.join(self.near)}?" if self.near else "")


class NoServiceNamespace(NoNamespace):
    """The same of the Service's namespace."""


class NoSubjectNamespace(NoNamespace):
    """The same of the namespace of the StatefulSet or Pod that is the subject."""


def near(name: str, namespaces: Iterable[Namespace]) -> tuple[str, ...] | None:
    """Names that are similar; None where the namespace itself is among them."""
    known = [item.name for item in namespaces]
    return None if name in known else tuple(difflib.get_close_matches(name, known, 3, 0.5))


@asks(Namespaces)
def namespaces(named: NamedService, others: NamespaceServices) -> Query[Namespace] | Irrelevant:
    return _THERE if named or others else Query(Namespace)


@derives
def no_service_namespace(key: ServiceKey, found: Namespaces) -> NoServiceNamespace | Irrelevant:
    similar = near(key.namespace, found)
    return _THERE if similar is None else NoServiceNamespace(key.namespace, similar)


@asks(SubjectNamespaces)
def subject_namespaces(
    subject: Subject, pods: NamedPod | None = None, sets: SubjectSets | None = None, services: PodServices | None = None
) -> Query[Namespace] | Irrelevant:
    return Query(Namespace) if services == () and () in (pods, sets) else _THERE


@derives
def no_subject_namespace(subject: Subject, found: SubjectNamespaces) -> NoSubjectNamespace | Irrelevant:
    similar = near(subject.namespace, found)
    return _THERE if similar is None else NoSubjectNamespace(subject.namespace, similar)
