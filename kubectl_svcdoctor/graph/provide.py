"""The registry of evidence: which function gives which type, and what it takes for that."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin

from kubectl_svcdoctor.model.registration import RegistrationError, load_all
from kubectl_svcdoctor.model.snapshot import Absent, Irrelevant, Query


@dataclass(frozen=True, slots=True)
class Need:
    """A parameter: the type of evidence, whether the function can do without it (its default is None), whether it holds replies of probes, and whether
    the function is told where the server does not serve it."""

    name: str
    kind: type
    optional: bool
    replies: bool = False
    absence: bool = False


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
    kinds = members(returned)
    for kind in kinds:
        if not _own(kind):
            raise RegistrationError(f"{_named(function)} is annotated with {_written(kind)}, which nobody can ask for: return a class of this "
                                    "project's, and Irrelevant(reason) where there is nothing to return")
        _provide(kind, Provider(function, needs(function), None, returned))
    if not kinds:
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


def members(returned: Any) -> tuple[type, ...]:
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
    """The evidence that a function takes, out of its signature: `T`, or `T | None = None` for what it can do without; `T | Absent` where it wants to be told
    that the server does not serve it."""
    hints = typing.get_type_hints(function)
    return tuple(_need(function, parameter, hints) for parameter in inspect.signature(function).parameters.values())


def _need(function: Callable[..., Any], parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Need:
    where = f"{_named(function)}: parameter {parameter.name}"
    if parameter.name not in hints:
        raise RegistrationError(f"{where} has no annotation: its type is what is looked up for it")
    written = _options(hints[parameter.name])
    options = [option for option in written if option not in (type(None), Absent)]
    optional = type(None) in written
    if optional != (parameter.default is None) or parameter.default not in (None, inspect.Parameter.empty):
        raise RegistrationError(f"{where} has to be `T`, or `T | None = None` for what the function can do without: no other default has a meaning")
    if len(options) != 1 or not _own(options[0]):
        raise RegistrationError(f"{where} is annotated with {_written(hints[parameter.name])}: name the one class of evidence that it needs")
    return Need(parameter.name, options[0], optional, replies=issubclass(options[0], dict), absence=Absent in written)


@cache
def providers() -> Mapping[type, Provider]:
    """All providers of this package, found by being in its folder."""
    load_all(__name__.rpartition(".")[0])
    return _providers


@cache
def grounds(kind: type) -> frozenset[type]:
    """The types that nobody provides on which this one rests, itself where it is one: they decide for which part of an examination it has one value."""
    provider = providers().get(kind)
    return ground(provider.needs) if provider else frozenset({kind})


def ground(wanted: Iterable[Need]) -> frozenset[type]:
    """The same of all parameters of a function."""
    return frozenset().union(*(grounds(need.kind) for need in wanted))
