"""The catalogue of checks: one file a defect, found by being in its hop's folder.

A check is a pure function. Its parameters are types of `model.evidence` (or what `graph/` derives) and are its needs: it is not called
without them, and never sees that something could not be looked at. A parameter `T | None = None` is welcome but not needed.
It returns a `Problem`, several, or None. The module's docstring is what `explain` prints.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from kubectl_svcdoctor.graph.provide import Need, needs
from kubectl_svcdoctor.model.finding import Problem

Result = Problem | Iterable[Problem] | None
Function = Callable[..., Result]


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check. `hop` is the folder it stands in; a symptom may be explained by a finding deeper on the path."""

    code: str
    slug: str
    hop: str
    symptom: bool
    function: Function
    needs: tuple[Need, ...]

    @property
    def documentation(self) -> str:
        """The docstring of the check's file: a title line, then the headings that `explain` shows."""
        return sys.modules[self.function.__module__].__doc__ or ""

    @property
    def title(self) -> str:
        return self.documentation.strip().partition("\n")[0]


_checks: list[Check] = []


def defect(code: str, slug: str) -> Callable[[Function], Function]:
    """Register a check whose finding is wrong by itself, whatever else is found."""
    return _registering(code, slug, symptom=False)


def symptom(code: str, slug: str) -> Callable[[Function], Function]:
    """Register a check whose finding may be the consequence of a broken hop before it, on the same port."""
    return _registering(code, slug, symptom=True)


def _registering(code: str, slug: str, symptom: bool) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        hop = function.__module__.rsplit(".", 2)[-2]
        _checks.append(Check(code, slug, hop, symptom, function, needs(function)))
        return function

    return register


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of this package, by code."""
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        importlib.import_module(module.name)
    return tuple(sorted(_checks, key=lambda check: check.code))
