"""The register of probes: each kind of question with its reply, from where it is asked, the rights that it takes, and what a recording keeps of it.

A new kind is one entry, wherever in model/ it stands: the class of the question under `@question`, that of its reply under `@recorded`, and in probe/ a
function under `@answers` that asks it. The dispatch, recordings, `rights` and the tests' prober read this register.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

from kubectl_svcdoctor.model.access import Access
from kubectl_svcdoctor.model.registration import RegistrationError, load_all
from kubectl_svcdoctor.model.snapshot import Unknown

Place = Literal["api-server", "pod", "local"]
"""From where a question is asked: by way of the API server, in a Pod that --from names, or on the machine where this runs."""
C = TypeVar("C", bound=type)


class Question:
    """Base of all questions: hashable values. `what` is the question as a report names it."""

    __slots__ = ()

    @property
    def what(self) -> str:
        raise NotImplementedError

    @property
    def batch(self) -> Hashable:
        """Questions of one kind with the same batch are asked together, over one connection."""
        return self

    @property
    def kubelet(self) -> str:
        """The node whose kubelet has to answer for this; empty where none has."""
        return ""

    @property
    def needs(self) -> Access:
        """The right that this one takes, where its kind takes several for several ways."""
        return exchange(self).takes[0]

    @property
    def where(self) -> str:
        """The namespace in which it takes that right; empty for none."""
        return ""

    @property
    def inside(self) -> str:
        """The Pod that is entered to ask this; empty where none is."""
        return ""


class Told:
    """Base of all replies that tell something. What is made without arguments is the reply where all is well."""

    __slots__ = ()


Reply = Told | Unknown


@dataclass(frozen=True, slots=True)
class Exchange:
    """One kind of question. `shared`: it concerns the whole cluster, so that it is asked once for many subjects."""

    question: type[Question]
    reply: type[Told]
    place: Place
    takes: tuple[Access, ...]
    shared: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The string fields that a recording keeps: `names` as they stand, `sentences` without the words of an application."""

    names: frozenset[str]
    sentences: frozenset[str]


_exchanges: dict[type, Exchange] = {}
_kept: dict[type, Kept] = {}


def question(*, reply: type[Told], place: Place, takes: tuple[Access, ...] = (), names: str = "", shared: bool = False) -> Callable[[C], C]:
    """Register a kind of question. Raises RegistrationError for one that takes no right although it is asked of the cluster, or whose name is taken."""

    def register(kind: C) -> C:
        if bool(takes) is (place == "local"):
            raise RegistrationError(f"{kind.__qualname__} is asked from {place}: say in `takes` which rights that needs; only what is asked from this machine "
                                    "needs none")
        if kind.__name__ in {other.__name__ for other in _exchanges}:
            raise RegistrationError(f"there is a question {kind.__name__} already, and a recording tells them by their names: call this one otherwise")
        _exchanges[kind] = Exchange(kind, reply, place, takes, shared)
        return recorded(names=names)(kind)

    return register


def recorded(*, names: str = "", sentences: str = "") -> Callable[[C], C]:
    """Say which string fields of a reply, or of a part of a question, a recording keeps; all others it leaves out."""

    def register(kind: C) -> C:
        _kept[kind] = Kept(frozenset(names.split()), frozenset(sentences.split()))
        return kind

    return register


@cache
def exchanges() -> Mapping[type, Exchange]:
    """All kinds of questions, found by being in model/."""
    load_all(__name__.rpartition(".")[0])
    return _exchanges


@cache
def kept() -> Mapping[type, Kept]:
    """What a recording keeps of questions, of replies, and of what they are made of."""
    load_all(__name__.rpartition(".")[0])
    return _kept


def exchange(asked: Any) -> Exchange:
    """The entry of a question."""
    return exchanges()[type(asked)]
