"""Who asks which kind of question: functions register themselves for the kinds that they ask, and are found by being in probe/."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf
from typing import Any, TypeVar

from kubectl_svcdoctor.collect.connection import Connection
from kubectl_svcdoctor.model.register import Question, Reply, exchanges
from kubectl_svcdoctor.model.registration import RegistrationError, load_all


def _forgotten(work: Callable[[], None]) -> None:
    """Nobody waits for the end."""


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to ask with: the connection to the API server, what an asker has found out and keeps for its next questions, and until when (of
    time.monotonic) replies are waited for. `image` is that of ephemeral containers, empty where none may be started; `ending` is given what has to be done
    when the run ends."""

    connection: Connection
    kept: dict[Hashable, Any] = field(default_factory=dict)
    until: float = inf
    image: str = ""
    ending: Callable[[Callable[[], None]], object] = _forgotten


Asker = Callable[[Means, Sequence[Any]], Mapping[Any, Reply]]
F = TypeVar("F", bound=Asker)
_askers: dict[type, Asker] = {}


def answers(*kinds: type[Question]) -> Callable[[F], F]:
    """Register the function that asks these kinds of questions: those of one batch at once, with a reply for each; it raises for none of them."""

    def register(function: F) -> F:
        for kind in kinds:
            if kind in _askers:
                raise RegistrationError(f"{function.__module__}.{function.__name__} asks {kind.__name__}, as {_askers[kind].__module__} does: remove one")
            _askers[kind] = function
        return function

    return register


@cache
def askers() -> Mapping[type, Asker]:
    """The asker of each kind. Raises RegistrationError for a kind that nobody asks."""
    load_all(__name__.rpartition(".")[0])
    forgotten = [kind.__name__ for kind in exchanges() if kind not in _askers]
    if forgotten:
        raise RegistrationError(f"nobody asks {', '.join(forgotten)}: write a function under @answers in probe/")
    return _askers
