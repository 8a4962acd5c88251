"""Questions, answers, and the snapshot that holds them; "could not look" is an answer like any other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef

K = TypeVar("K", bound=KubernetesObject)
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that was not seen.

    `what` names it in the words of a report, `why` is one of the contract's words (forbidden, timeout, unreachable, malformed,
    crashed, not-asked, not-tried), `detail` is the server's or the system's own sentence, `unlock` what to do to see it.
    """

    what: str
    why: str
    detail: str = ""
    unlock: str = ""

    def __hash__(self) -> int:
        """The same one stands in for many values of many Services: that is looked up often, and seldom differs in more than this."""
        return hash(self.what)

    @property
    def withheld(self) -> bool:
        """Whether the API, or a probe that was asked for, would have told it and did not: the verdict is inconclusive then (exit status 3). What a
        recording does not hold ("not-asked") is withheld as well; what was declined, or cannot be tried from here ("not-tried"), is not."""
        return self.why != "not-tried"


@dataclass(frozen=True, slots=True)
class Irrelevant:
    """A value that has no meaning here: no Pods are selected by an ExternalName. Checks that take it do not apply.

    `unseen`: it may have one, and what would tell was among the optional needs; where one of those is Unknown, so is the value.
    """

    reason: str
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Absent(Irrelevant):
    """A kind that the API server does not serve: known absence, no empty list and nothing that was withheld. A check that takes `Kind | Absent` is told of
    it; any other that needs the kind does not apply."""


def labels(wanted: Mapping[str, str]) -> Labels:
    """A label selector of equalities as a hashable value, in a stable order."""
    return tuple(sorted(wanted.items()))


@dataclass(frozen=True)
class Query(Generic[K]):
    """A read of the API: one object by name, or a list selected by the server.

    `namespace` None means all namespaces, or a kind without namespaces. `labels` and `fields` are equalities that must all hold. `version` is the one
    that the server serves, where that is not the kind's best.
    """

    kind: type[K]
    namespace: str | None = None
    name: str = ""
    labels: Labels = ()
    fields: Labels = ()
    version: str = ""

    @property
    def api_version(self) -> str:
        """`v1` or `group/version`: what is read."""
        resource = self.kind.resource
        return f"{resource.group}/{self.version}" if self.version else resource.api_version

    @property
    def verb(self) -> str:
        """The RBAC verb that this read needs."""
        return "get" if self.name else "list"

    @property
    def path(self) -> str:
        """The path on the API server, without parameters."""
        resource = self.kind.resource
        parts = ["apis" if resource.group else "api", self.api_version]
        if self.namespace is not None:
            parts += ["namespaces", self.namespace]
        plural, _, subresource = resource.plural.partition("/")
        return "/" + "/".join(part for part in (*parts, plural, self.name, subresource) if part)

    def covers(self, other: Query[KubernetesObject]) -> bool:
        """Whether everything that `other` asks for is in an answer to this query."""
        if self == other:
            return True
        same = self.kind is other.kind and self.namespace in (None, other.namespace)
        fields = {*other.fields, *((("metadata.name", other.name),) if other.name else ())}
        return same and not self.name and set(self.labels) <= set(other.labels) and set(self.fields) <= fields

    def admits(self, item: KubernetesObject) -> bool:
        """Whether the API server would put this object into the answer."""
        if not isinstance(item, self.kind) or self.namespace not in (None, item.namespace):
            return False
        if self.name and item.name != self.name:
            return False
        carried = item.labels
        return all(carried.get(key) == value for key, value in self.labels) and all(
            _field(item, path) == value for path, value in self.fields
        )


def _field(item: object, path: str) -> object:
    """The value of a field selector's path, such as metadata.name; None where the kind has no such field."""
    for part in path.split("."):
        name = re.sub(r"(?<=[a-z])[A-Z]+", lambda capitals: f"_{capitals[0]}", part).lower()
        item = getattr(item, name, None)
    return item


Answer = tuple[KubernetesObject, ...] | Unknown | Absent
Some = Query[KubernetesObject]


class Listing(tuple[KubernetesObject, ...]):
    """The objects of an answer, with indexes that are made when they are first needed and live as long as the answer."""

    @cached_property
    def _named(self) -> dict[tuple[str, str], list[KubernetesObject]]:
        """By namespace and name."""
        found: dict[tuple[str, str], list[KubernetesObject]] = {}
        for item in self:
            metadata = item.metadata
            found.setdefault((metadata.namespace, metadata.name), []).append(item)
        return found

    @cached_property
    def _spaces(self) -> dict[str, list[KubernetesObject]]:
        """By namespace."""
        found: dict[str, list[KubernetesObject]] = {}
        for item in self:
            found.setdefault(item.metadata.namespace, []).append(item)
        return found

    @cached_property
    def _labelled(self) -> dict[tuple[str, str, str], list[KubernetesObject]]:
        """By namespace, and key and value of each label."""
        found: dict[tuple[str, str, str], list[KubernetesObject]] = {}
        for item in self:
            metadata = item.metadata
            for key, value in metadata.labels.items():
                found.setdefault((metadata.namespace, key, value), []).append(item)
        return found

    def named(self, namespace: str, name: str) -> Sequence[KubernetesObject]:
        """The objects of that name."""
        return self._named.get((namespace, name), [])

    def within(self, namespace: str) -> Sequence[KubernetesObject]:
        """The objects of that namespace."""
        return self._spaces.get(namespace, [])

    def part(self, query: Some) -> tuple[KubernetesObject, ...]:
        """The objects that the API server would put into the answer to this narrower query, in the order of this one."""
        if query.namespace is None:
            return tuple(item for item in self if query.admits(item))
        near: Sequence[KubernetesObject]
        if query.name:
            near = self.named(query.namespace, query.name)
        elif query.labels:
            parts = [self._labelled.get((query.namespace, *pair), []) for pair in query.labels]
            near = min(parts, key=len)  # the rarest label leaves the fewest to look at
        else:
            near = self.within(query.namespace)
        if not query.name and len(query.labels) < 2 and not query.fields:
            return tuple(near)
        return tuple(item for item in near if query.admits(item))


@dataclass(frozen=True)
class Changes:
    """What would be otherwise: objects in the place of others, by name, objects that would be gone, and such as nobody has read."""

    changed: Mapping[ObjectRef, KubernetesObject] = field(default_factory=dict)
    gone: frozenset[ObjectRef] = frozenset()
    added: tuple[KubernetesObject, ...] = ()

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds that are touched at all."""
        return frozenset(ref.kind for ref in (*self.changed, *self.gone, *(item.ref for item in self.added)))

    def apply(self, query: Some, items: Iterable[KubernetesObject]) -> tuple[KubernetesObject, ...]:
        """An answer as it would be."""
        there: dict[ObjectRef, KubernetesObject] = {item.ref: self.changed.get(item.ref, item) for item in items if item.ref not in self.gone}
        for ref, item in self.changed.items():
            there.setdefault(ref, item)
        return tuple(item for item in (*there.values(), *self.added) if query.admits(item))


@dataclass(frozen=True)
class Snapshot:
    """Everything that was asked, with the answers; a narrow question is answered out of a broader one.

    Probe replies stand in `replies`, keyed by their questions. `declined` is the reply to all others, where nobody is to be asked. `changes` lie over the
    answers: what is only imagined costs as much as it changes, whatever the size of the cluster.
    """

    answers: Mapping[Some, Answer] = field(default_factory=dict)
    replies: Mapping[Any, object] = field(default_factory=dict)
    declined: Unknown | None = None
    changes: Changes | None = None

    def answer(self, query: Some) -> Answer | None:
        """The objects that match, an Unknown, Absent, or None when nobody has asked yet."""
        found = self._read(query)
        if self.changes is None or not isinstance(found, tuple) or query.kind.resource.kind not in self.changes.kinds:
            return found
        return self.changes.apply(query, found)

    def _read(self, query: Some) -> Answer | None:
        exact = self.answers.get(query)
        if exact is not None:
            return exact
        for asked in self._broad.get(query.kind, ()):
            if asked.covers(query):
                return self._listing(asked).part(query)
        return None

    def find(self, ref: ObjectRef) -> KubernetesObject | None:
        """The object of that name as it was read last, None where it was not."""
        found: KubernetesObject | None = None
        for query, answer in self.answers.items():
            if query.kind.resource.kind == ref.kind and isinstance(answer, tuple):
                found = next((item for item in self._listing(query).named(ref.namespace, ref.name) if item.ref == ref), found)
        return found

    def every(self, kind: type[K], namespace: str) -> tuple[K, ...]:
        """All objects of a kind in a namespace that are in any answer, each once, as they were read last."""
        found: dict[ObjectRef, K] = {}
        for query, answer in self.answers.items():
            if query.kind is kind and isinstance(answer, tuple):
                found.update((item.ref, item) for item in self._listing(query).within(namespace) if isinstance(item, kind))
        return tuple(found.values())

    def _listing(self, query: Some) -> Listing:
        answer = self.answers[query]
        assert isinstance(answer, tuple)
        return answer if isinstance(answer, Listing) else Listing(answer)

    @cached_property
    def _broad(self) -> dict[type, list[Some]]:
        """The lists that may hold the answers to narrower questions, by kind."""
        found: dict[type, list[Some]] = {}
        for asked, answer in self.answers.items():
            if not asked.name and isinstance(answer, tuple):
                found.setdefault(asked.kind, []).append(asked)
        return found

    def reply(self, question: object) -> object | None:
        """What a probe told, an Unknown, or None when nobody has asked yet."""
        return self.replies.get(question, self.declined)

    def having(self, answers: Mapping[Some, Answer]) -> Snapshot:
        """This snapshot with more, or newer, answers."""
        listed = {query: Listing(answer) if isinstance(answer, tuple) and not isinstance(answer, Listing) else answer for query, answer in answers.items()}
        return replace(self, answers={**self.answers, **listed})

    def replying(self, replies: Mapping[Any, object]) -> Snapshot:
        """This snapshot with more replies of probes."""
        return replace(self, replies={**self.replies, **replies})

    def imagining(self, changes: Changes) -> Snapshot:
        """This snapshot as it would be with these changes."""
        return replace(self, changes=changes)
