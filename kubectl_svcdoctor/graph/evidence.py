"""The resolution of evidence for one part of an examination: a type is looked up by asking its provider's parameters first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from kubectl_svcdoctor.graph.provide import Need, grounds, members, providers
from kubectl_svcdoctor.model.discovery import group_of, served
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.snapshot import Absent, Irrelevant, Query, Snapshot, Unknown

AnyQuery = Query[KubernetesObject]


@dataclass(frozen=True, slots=True)
class Unasked:
    """A value that waits for these questions."""

    questions: frozenset[object]


# What may stand in the place of a value; these are all the classes of it.
_NOTHING = frozenset({Irrelevant, Absent})
_INSTEAD = _NOTHING | {Unknown, Unasked}


class Evidence:
    """What is known in one part of an examination: values given, and all others resolved on demand, each once.

    What rests only on what is given to a parent (the trunk is one of a branch) is resolved there, so that it is the same for all that have this parent.
    """

    def __init__(self, given: Mapping[type, object], snapshot: Snapshot, *parents: Evidence) -> None:
        self._known: dict[type, object] = dict(given)
        self._parents = parents
        self._asked: dict[type, AnyQuery] = {}
        self._missed: dict[type, tuple[Unknown, ...]] = {}
        self.reach: frozenset[type] = frozenset(given).union(*(parent.reach for parent in parents))
        self._homes = _homes(frozenset(given), tuple(parent.reach for parent in parents))
        self.snapshot = snapshot
        self.replied: set[object] = set()  # the probes whose replies tell something
        self.results: dict[str, Any] = {}  # what checks said here, by code: final, once nothing of it waits

    def having(self, snapshot: Snapshot) -> None:
        """Go on with more answers: what waited for them is open again, all else stays."""
        self.snapshot = snapshot
        self._known = {kind: value for kind, value in self._known.items() if not isinstance(value, Unasked)}
        self.results = {code: result for code, result in self.results.items() if not isinstance(result, Unasked)}
        self._missed = {}

    def need(self, kind: type) -> object:
        """A value of that type, or Unknown, Irrelevant or Unasked in its place."""
        known = self._known
        if kind in known:
            return known[kind]
        home = self._home(kind)
        value = self._resolve(kind) if home is self else home.need(kind)
        return known.setdefault(kind, value)

    def call(self, function: Callable[..., Any], wanted: tuple[Need, ...]) -> object:
        """The function's result with its evidence; Irrelevant, Unknown or Unasked when a required part is one of those.

        Irrelevant beats Unknown (no right is needed for what has no meaning), Unknown beats Unasked (no request for nothing). Absent goes to a function
        that asks to be told of it, and is Irrelevant to any other.
        """
        values: list[object] = []
        unknown: Unknown | None = None
        withheld: Unknown | None = None
        waiting: list[frozenset[object]] = []
        known = self._known
        for need in wanted:
            value = known[need.kind] if need.kind in known else self.need(need.kind)
            kind = type(value)
            if kind in _INSTEAD:
                if isinstance(value, Unknown):
                    withheld = withheld or value
                    unknown = unknown or (None if need.optional else value)
                    value = None
                elif isinstance(value, Unasked):
                    waiting.append(value.questions)
                elif kind is Irrelevant or not need.absence:
                    if not need.optional:
                        return value
                    value = None
            elif need.replies and isinstance(value, dict):  # some of them may be missing
                withheld = withheld or next((reply for reply in value.values() if isinstance(reply, Unknown)), None)
            values.append(value)
        if unknown is not None:
            return unknown
        if waiting:
            return Unasked(frozenset().union(*waiting))
        result: object = function(*values)
        return withheld or result if withheld and isinstance(result, Irrelevant) and result.unseen else result

    def excluded(self, required: tuple[type, ...]) -> Irrelevant | None:
        """Why a function with these required needs does not apply, so far as that is known already."""
        known = self._known
        for kind in required:
            value = known.get(kind)
            if type(value) in _NOTHING:
                assert isinstance(value, Irrelevant)
                return value
        return None

    def queries(self, wanted: tuple[Need, ...]) -> frozenset[AnyQuery]:
        """All reads that these needs rest on, so far as they have been resolved."""
        found: set[AnyQuery] = set()
        for need in wanted:
            asked = self.asked(need.kind)
            provider = providers().get(need.kind)
            found |= {asked} if asked else set()
            found |= self.queries(provider.needs) if provider else set()
        return frozenset(found)

    def asked(self, kind: type) -> AnyQuery | None:
        """The read that gives this type, None where it was not asked for."""
        return self._home(kind)._asked.get(kind)

    def unknowns(self, wanted: tuple[Need, ...]) -> tuple[Unknown, ...]:
        """What of these needs could not be looked at, each once; also what a derived value had to do without."""
        found: dict[Unknown, None] = {}
        for need in wanted:
            home = self._home(need.kind)
            if need.kind not in home._missed:
                home._missed[need.kind] = home._missing(need.kind)
            missed = home._missed[need.kind]
            if missed:
                found.update(dict.fromkeys(missed))
        return tuple(found)

    def _missing(self, kind: type) -> tuple[Unknown, ...]:
        """What is not known of one type that is resolved here, and of what it was made of."""
        value, provider = self._known.get(kind), providers().get(kind)
        if isinstance(value, Unknown):
            return (value,)
        found: list[Unknown] = []
        if isinstance(value, dict):  # replies of probes, some of which may be missing
            found += (reply for reply in value.values() if isinstance(reply, Unknown))
        if provider and provider.parse is None and not isinstance(value, (Irrelevant, Unasked)):
            found += self.unknowns(provider.needs)
        return tuple(dict.fromkeys(found))

    def tried(self, wanted: tuple[Need, ...]) -> bool:
        """Whether any reply of a probe, directly or by way of derived values, is among what these needs rest on."""
        for value, provider in self._resolved(wanted):
            if isinstance(value, dict):
                return True
            if provider and provider.parse is None and not isinstance(value, (Irrelevant, Unasked, Unknown)) and self.tried(provider.needs):
                return True
        return False

    def _resolved(self, wanted: tuple[Need, ...]) -> Iterator[tuple[object, Any]]:
        """The values of these needs as far as they were resolved, else None, with their providers."""
        for need in wanted:
            yield self._home(need.kind)._known.get(need.kind), providers().get(need.kind)

    def _home(self, kind: type) -> Evidence:
        """Where a type is resolved: at the first that has all that it rests on."""
        place = self._homes[kind]
        return self if place is None else self._parents[place]._home(kind)

    def _resolve(self, kind: type) -> object:
        provider = providers().get(kind)
        if provider is None:
            raise LookupError(f"no provider for {kind.__name__}: register one with @asks or @derives in graph/")
        result = self.call(provider.function, provider.needs)
        if isinstance(result, (Unknown, Irrelevant, Unasked)):
            return result
        if provider.parse is not None:
            return self._ask(kind, result, provider.parse)
        for member in members(provider.returns):
            other = Irrelevant(f"it is {_spoken(type(result))}, not {_spoken(member)}")
            self._known[member] = result if isinstance(result, member) else other
        return self._known[kind]

    def _ask(self, kind: type, question: Any, parse: Callable[[Any], Any]) -> object:
        if not isinstance(question, Query):
            told = {entry: self.snapshot.reply(entry) for entry in question}
            missing = frozenset(entry for entry, reply in told.items() if reply is None)
            if missing:
                return Unasked(missing)
            unseen = [reply for reply in told.values() if isinstance(reply, Unknown)]
            self.replied |= {entry for entry, reply in told.items() if not isinstance(reply, Unknown)}
            return unseen[0] if len(unseen) == len(told) else parse(told)
        chosen = self._chosen(question)
        if not isinstance(chosen, Query):
            return chosen
        self._asked[kind] = chosen
        answer = self.snapshot.answer(chosen)
        if answer is None:
            return Unasked(frozenset({chosen}))
        return parse(answer) if isinstance(answer, tuple) else answer

    def _chosen(self, question: AnyQuery) -> AnyQuery | Absent | Unknown | Unasked:
        """The read in the best version that the server serves; what it does not serve costs no request."""
        resource = question.kind.resource
        if resource.everywhere:
            return question
        asked: Query[Any] = group_of(question.kind)
        groups: Any = self.snapshot.answer(asked)
        if groups is None:
            return Unasked(frozenset({asked}))
        version = served(resource, groups) if isinstance(groups, tuple) else groups
        if not isinstance(version, str):
            return version
        return question if version == resource.version else replace(question, version=version)


class _Homes(dict[type, int | None]):
    """Which parent resolves each type, None for the part itself; the same for all parts that were given the same types."""

    def __init__(self, given: frozenset[type], parents: tuple[frozenset[type], ...]) -> None:
        super().__init__(dict.fromkeys(given))
        self.parents = parents

    def __missing__(self, kind: type) -> int | None:
        rests = grounds(kind)
        self[kind] = next((place for place, reach in enumerate(self.parents) if rests <= reach), None)
        return self[kind]


@cache
def _homes(given: frozenset[type], parents: tuple[frozenset[type], ...]) -> _Homes:
    return _Homes(given, parents)


def _spoken(kind: type) -> str:
    """`ValueDiffers` as `value differs`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
