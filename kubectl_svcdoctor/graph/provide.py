"""The registry of evidence, and its resolution for one subject: a type is looked up by asking its provider's parameters first."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin

from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.registration import RegistrationError, load_all
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, Snapshot, Unknown

AnyQuery = Query[KubernetesObject]


@dataclass(frozen=True, slots=True)
class Unasked:
    """A value that waits for these questions."""

    questions: frozenset[object]


@dataclass(frozen=True, slots=True)
class Need:
    """A parameter: the type of evidence, and whether the function can do without it (its default is None)."""

    name: str
    kind: type
    optional: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """How to come by one type of evidence. `parse` turns an answer into it; None for a type computed out of others.

    `returns` is the function's return annotation, which names the kind that is read.
    """

    function: Callable[..., Any]
    needs: tuple[Need, ...]
    parse: Callable[[Any], Any] | None
    returns: Any


_providers: dict[type, Provider] = {}


def asks(kind: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function that returns the question (or Irrelevant) whose answer is a `kind`, built from the tuple of objects."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        returned = _returned(function)
        for option in _options(returned):
            if get_origin(option) not in (Query, tuple) and option is not Irrelevant:
                raise RegistrationError(f"{_named(function)} is annotated with {_written(option)}, from which neither what it reads nor the right for it "
                                        "can be told: write `Query[Kind]` or `tuple[Question, ...]`, and `| Irrelevant` where it has no meaning")
        _provide(kind, Provider(function, needs(function), kind, returned))
        return function

    return register


def derives(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a pure function as the provider of its return type; it may also return Irrelevant.

    A union of classes is a choice: whoever needs one of them gets Irrelevant where the function chose another.
    """
    returned = _returned(function)
    members = _members(returned)
    for kind in members:
        if not _own(kind):
            raise RegistrationError(f"{_named(function)} is annotated with {_written(kind)}, which nobody can ask for: return a class of this "
                                    "project's, and Irrelevant(reason) where there is nothing to return")
        _provide(kind, Provider(function, needs(function), None, returned))
    if not members:
        raise RegistrationError(f"{_named(function)} returns Irrelevant alone: name the class that it gives otherwise in its annotation")
    return function


def _provide(kind: type, provider: Provider) -> None:
    other = _providers.get(kind)
    if other is not None:
        raise RegistrationError(f"{_named(provider.function)} gives {kind.__name__}, which {_named(other.function)} gives already: "
                                "remove one of them, or let the new one give a type of its own")
    _providers[kind] = provider


def _returned(function: Callable[..., Any]) -> Any:
    hints = typing.get_type_hints(function)
    if "return" not in hints:
        raise RegistrationError(f"{_named(function)} has no return annotation: it is what the function provides")
    return hints["return"]


def _options(returned: Any) -> tuple[Any, ...]:
    return get_args(returned) if get_origin(returned) in (Union, types.UnionType) else (returned,)


def _members(returned: Any) -> tuple[type, ...]:
    """The classes that a function may choose from, as its return annotation names them."""
    return tuple(kind for kind in _options(returned) if kind is not Irrelevant)


def _own(kind: Any) -> bool:
    """Whether this is a class that stands for one thing only; `object`, `str` or `tuple[Pod, ...]` could be anybody's."""
    return isinstance(kind, type) and get_origin(kind) is None and kind.__module__ not in ("builtins", "typing", "types")


def _named(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__name__}"


def _written(annotation: Any) -> str:
    return f"`{annotation.__name__ if isinstance(annotation, type) and get_origin(annotation) is None else annotation}`"


def needs(function: Callable[..., Any]) -> tuple[Need, ...]:
    """The evidence that a function takes, out of its signature: `T`, or `T | None = None` for what it can do without."""
    hints = typing.get_type_hints(function)
    return tuple(_need(function, parameter, hints) for parameter in inspect.signature(function).parameters.values())


def _need(function: Callable[..., Any], parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Need:
    where = f"{_named(function)}: parameter {parameter.name}"
    if parameter.name not in hints:
        raise RegistrationError(f"{where} has no annotation: its type is what is looked up for it")
    options = [option for option in _options(hints[parameter.name]) if option is not type(None)]
    optional = len(options) < len(_options(hints[parameter.name]))
    if optional != (parameter.default is None) or parameter.default not in (None, inspect.Parameter.empty):
        raise RegistrationError(f"{where} has to be `T`, or `T | None = None` for what the function can do without: no other default has a meaning")
    if len(options) != 1 or not _own(options[0]):
        raise RegistrationError(f"{where} is annotated with {_written(hints[parameter.name])}: name the one class of evidence that it needs")
    return Need(parameter.name, options[0], optional)


@cache
def providers() -> Mapping[type, Provider]:
    """All providers of this package, found by being in its folder."""
    load_all(__name__.rpartition(".")[0])
    return _providers


class Evidence:
    """What is known for one subject: values given (Subject, Now), and all others resolved on demand, each once."""

    def __init__(self, given: Mapping[type, object], snapshot: Snapshot) -> None:
        self._known: dict[type, object] = dict(given)
        self.snapshot = snapshot
        self.asked: dict[type, set[AnyQuery]] = {}
        self.replied: set[object] = set()  # the probes whose replies tell something

    def need(self, kind: type) -> object:
        """A value of that type, or Unknown, Irrelevant or Unasked in its place."""
        if kind not in self._known:
            self._known[kind] = self._resolve(kind)
        return self._known[kind]

    def call(self, function: Callable[..., Any], wanted: tuple[Need, ...]) -> object:
        """The function's result with its evidence; Irrelevant, Unknown or Unasked when a required part is one of those.

        Irrelevant beats Unknown (no right is needed for what has no meaning), Unknown beats Unasked (no request for nothing).
        """
        values: dict[str, object] = {}
        unknown: Unknown | None = None
        withheld: Unknown | None = None
        waiting: list[frozenset[object]] = []
        for need in wanted:
            value = self.need(need.kind)
            if isinstance(value, Irrelevant):
                if not need.optional:
                    return value
                value = None
            elif isinstance(value, Unknown):
                withheld = withheld or value
                unknown = unknown or (None if need.optional else value)
                value = None
            elif isinstance(value, Unasked):
                waiting.append(value.questions)
            elif isinstance(value, dict):  # replies of probes, some of which may be missing
                withheld = withheld or next((reply for reply in value.values() if isinstance(reply, Unknown)), None)
            values[need.name] = value
        if unknown is not None:
            return unknown
        if waiting:
            return Unasked(frozenset().union(*waiting))
        result: object = function(**values)
        return withheld or result if isinstance(result, Irrelevant) and result.unseen else result

    def queries(self, wanted: tuple[Need, ...]) -> frozenset[AnyQuery]:
        """All reads that these needs rest on, so far as they have been resolved."""
        found: set[AnyQuery] = set()
        for need in wanted:
            found |= self.asked.get(need.kind, set())
            provider = providers().get(need.kind)
            if provider:
                found |= self.queries(provider.needs)
        return frozenset(found)

    def unknowns(self, wanted: tuple[Need, ...]) -> tuple[Unknown, ...]:
        """What of these needs could not be looked at, each once; also what a derived value had to do without."""
        found: dict[Unknown, None] = {}
        for need in wanted:
            value = self._known.get(need.kind)
            provider = providers().get(need.kind)
            if isinstance(value, Unknown):
                found[value] = None
                continue
            if isinstance(value, dict):  # replies of probes, some of which may be missing
                found.update((reply, None) for reply in value.values() if isinstance(reply, Unknown))
            if provider and provider.parse is None and not isinstance(value, (Irrelevant, Unasked)):
                found.update(dict.fromkeys(self.unknowns(provider.needs)))
        return tuple(found)

    def tried(self, wanted: tuple[Need, ...]) -> bool:
        """Whether any reply of a probe, directly or by way of derived values, is among what these needs rest on."""
        for need in wanted:
            value, provider = self._known.get(need.kind), providers().get(need.kind)
            if isinstance(value, dict):
                return True
            if provider and provider.parse is None and not isinstance(value, (Irrelevant, Unasked, Unknown)) and self.tried(provider.needs):
                return True
        return False

    def _resolve(self, kind: type) -> object:
        provider = providers().get(kind)
        if provider is None:
            raise LookupError(f"no provider for {kind.__name__}: register one with @asks or @derives in graph/")
        result = self.call(provider.function, provider.needs)
        if isinstance(result, (Unknown, Irrelevant, Unasked)):
            return result
        if provider.parse is not None:
            return self._ask(kind, result, provider.parse)
        for member in _members(provider.returns):
            other = Irrelevant(f"it is {_spoken(type(result))}, not {_spoken(member)}")
            self._known[member] = result if isinstance(result, member) else other
        return self._known[kind]

    def _ask(self, kind: type, question: Any, parse: Callable[[Any], Any]) -> object:
        if not isinstance(question, Query):
            replies = self.snapshot.replies
            missing = frozenset(entry for entry in question if entry not in replies)
            if missing:
                return Unasked(missing)
            told = {entry: replies[entry] for entry in question}
            unseen = [reply for reply in told.values() if isinstance(reply, Unknown)]
            self.replied |= {entry for entry, reply in told.items() if not isinstance(reply, Unknown)}
            return unseen[0] if len(unseen) == len(told) else parse(told)
        self.asked.setdefault(kind, set()).add(question)
        answer = self.snapshot.answer(question)
        if answer is None:
            return Unasked(frozenset({question}))
        return answer if isinstance(answer, Unknown) else parse(answer)


def _spoken(kind: type) -> str:
    """`ValueDiffers` as `value differs`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
