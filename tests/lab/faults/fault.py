"""What a fault is, and the traffic that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from tests.lab.faults.shop import NAMESPACE, Shop

Break = Callable[[Shop], Iterator[None]]


class Traffic(Protocol):
    """One attempt of a real client. Says in a word what became of it: a status (`200`), `resolved`, `refused`, ..."""

    def __call__(self, shop: Shop) -> str:
        """Try once and return the outcome; at most a few seconds."""


@dataclass(frozen=True)
class Fault:
    """A root cause that can be made on the lab's cluster.

    `slug` names it in the catalogue of root causes; `subject` and `namespace` are what a person would have examined;
    `traffic` gives one of `fails` while it is broken and one of `works` before and after. `by_command` tells that the
    fix is a command on API objects; otherwise a person has to act on a machine.
    """

    name: str
    slug: str
    subject: str
    traffic: Traffic
    fails: frozenset[str]
    works: frozenset[str]
    make: Callable[[Shop], AbstractContextManager[None]]
    namespace: str = NAMESPACE
    by_command: bool = True
    first_seconds: float = 40
    """How long it may take until traffic fails, and until it works again."""


FAULTS: dict[str, Fault] = {}
"""All faults that were declared, by name."""


def fault(
    slug: str,
    *,
    subject: str,
    traffic: Traffic,
    fails: str,
    works: str = "200 resolved",
    namespace: str = NAMESPACE,
    by_command: bool = True,
    seconds: float = 40,
) -> Callable[[Break], Break]:
    """Declare the decorated generator as a fault; `fails` and `works` are outcomes, separated by spaces."""

    def declare(make: Break) -> Break:
        name = make.__name__.replace("_", "-")
        if name in FAULTS:
            raise ValueError(f"two faults are called {name}")
        FAULTS[name] = Fault(
            name, slug, subject, traffic, frozenset(fails.split()), frozenset(works.split()),
            contextmanager(make), namespace, by_command, seconds,
        )
        return make

    return declare
