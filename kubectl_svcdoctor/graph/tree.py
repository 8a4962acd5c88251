"""The parts of one examination, with what is known in each: the trunk, its branches, the vantages, and each branch as a vantage sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.graph.provide import Need, ground
from kubectl_svcdoctor.graph.proxy.contradiction import Stated
from kubectl_svcdoctor.model.branch import Backends, Branch
from kubectl_svcdoctor.model.evidence import Here, Now, ServiceKey, Vantage
from kubectl_svcdoctor.model.snapshot import Irrelevant, Snapshot
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject

T = TypeVar("T")
_BRANCHED = frozenset({Branch, ServiceKey, Stated})
_NOWHERE = Branch(None)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `branch` is None for what all branches have in common. `branched` and `seen` tell what it has beyond the trunk."""

    evidence: Evidence
    branch: Branch | None
    branched: bool
    seen: bool


class Tree:
    """The trunk is the subject; a branch is a Service that it leads to. Services that its Pods wait for are followed as branches with a trunk of their own.

    A check belongs to the parts that have just what its needs rest on: what is the same for all branches is judged once.
    """

    def __init__(
        self, subject: Subject, now: Now, snapshot: Snapshot, vantages: Sequence[Vantage | Here] = (), stated: Mapping[str, Stated] | None = None,
        world: Evidence | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._world = world or Evidence({Now: now}, snapshot)
        here = next((entry for entry in vantages if isinstance(entry, Here)), Irrelevant("--from does not name this machine"))
        self.trunk = Evidence({Subject: subject, Here: here}, snapshot, self._world)
        self._stated = stated or {}
        self._vantages: tuple[Vantage | Irrelevant, ...] = tuple(entry for entry in vantages if isinstance(entry, Vantage)) or (
            Irrelevant("--from names no Pod"),)
        self._views = [Evidence({Vantage: vantage}, snapshot, self.trunk) for vantage in self._vantages]
        self._followed: dict[Branch, list[Part]] = {}
        self._grown: list[Part] = []
        self._by_kind: dict[tuple[bool, bool], list[Part]] = {}
        self._grow()

    def having(self, snapshot: Snapshot) -> None:
        """Go on with more answers."""
        self.snapshot = snapshot
        for evidence in (self._world, *(part.evidence for part in self.parts)):
            evidence.having(snapshot)
        if not self.branches[0].service:
            self._grow()

    def follow(self, keys: Iterable[ServiceKey]) -> bool:
        """Add branches for Services that Pods wait for; whether any of them is new."""
        self._by_kind = {}
        known = {branch.service for branch in (*self.branches, *self._followed)}
        fresh = [Branch(key, awaited=True) for key in dict.fromkeys(keys) if key not in known]
        for branch in fresh:
            assert branch.service
            subject = ServiceSubject(branch.service.namespace, branch.service.name)
            another = Irrelevant("it is not this Service that --from asks for")
            trunk = Evidence({Subject: subject, Here: another}, self.snapshot, self._world)
            view = Evidence({Vantage: another}, self.snapshot, trunk)
            self._followed[branch] = [Part(trunk, branch, branched=False, seen=False), Part(view, branch, branched=False, seen=True),
                                      *self._branch(branch, branch.service, trunk, [view])]
        return bool(fresh)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The backends of the subject; one without a Service where it leads to none, or nobody could tell."""
        found = self.trunk.need(Backends)
        return tuple(found) if isinstance(found, Backends) else (_NOWHERE,)

    @property
    def followed(self) -> tuple[Branch, ...]:
        """The Services that Pods of the subject wait for, directly or further on."""
        return tuple(self._followed)

    @property
    def parts(self) -> Iterator[Part]:
        yield Part(self.trunk, None, branched=False, seen=False)
        yield from (Part(view, None, branched=False, seen=True) for view in self._views)
        yield from self._grown
        for parts in self._followed.values():
            yield from parts

    def where(self, wanted: Iterable[Need]) -> list[Part]:
        """The parts that a function with these needs belongs to."""
        return self.parts_of(kind_of(tuple(wanted)))

    def parts_of(self, kind: tuple[bool, bool]) -> list[Part]:
        """The parts that are branched, or seen by a vantage, as that says."""
        if not self._by_kind:
            for part in self.parts:
                self._by_kind.setdefault((part.branched, part.seen), []).append(part)
        return self._by_kind.get(kind, [])

    def leaves(self, branch: Branch) -> list[Evidence]:
        """What is known of a branch, as each vantage sees it; never empty."""
        parts = self._followed.get(branch, self._grown)
        return [part.evidence for part in parts if part.branch == branch and part.branched and part.seen]

    def of_branches(self, kind: type[T]) -> Iterator[T]:
        """What each branch has of a type, so far as it has."""
        found = (self.leaves(branch)[0].need(kind) for branch in (*self.branches, *self.followed))
        yield from (value for value in found if isinstance(value, kind))

    def _grow(self) -> None:
        self._by_kind = {}
        found = self.trunk.need(Backends)
        keys: list[tuple[Branch, object]] = [(branch, branch.service) for branch in found] if isinstance(found, Backends) else [(_NOWHERE, found)]
        self._grown = [part for branch, key in keys for part in self._branch(branch, key, self.trunk, self._views)]

    def _branch(self, branch: Branch, key: object, trunk: Evidence, views: list[Evidence]) -> list[Part]:
        """A branch, and how each vantage sees it."""
        stated = self._stated.get(branch.id, Irrelevant("--ask-everything was not given"))
        own = Evidence({Branch: branch, ServiceKey: key, Stated: stated}, self.snapshot, trunk)
        seen = [Part(Evidence({}, self.snapshot, own, view), branch, branched=True, seen=True) for view in views]
        return [Part(own, branch, branched=True, seen=False), *seen]


@cache
def kind_of(wanted: tuple[Need, ...]) -> tuple[bool, bool]:
    """Whether what rests on these needs differs between branches, and between vantages."""
    rests = ground(wanted)
    return bool(rests & _BRANCHED), Vantage in rests
