"""The catalogue of checks: one file a defect, found by being in its hop's folder.

A check is a pure function. Its parameters are types of `model.evidence` (or what `graph/` derives) and are its needs: it is not called
without them, and never sees that something could not be looked at. A parameter `T | None = None` is welcome but not needed;
`T | Absent` is told where the API server does not serve the kind at all.
It returns a `Problem`, several, or None. The module's docstring is what `explain` prints.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from kubectl_svcdoctor.graph.provide import Need, needs
from kubectl_svcdoctor.model.finding import Problem
from kubectl_svcdoctor.model.hops import HOPS
from kubectl_svcdoctor.model.registration import RegistrationError, load_all

Result = Problem | Iterable[Problem] | None
Function = Callable[..., Result]
FAMILIES = ("SVC", "POD", "EPS", "DNS", "HLS", "NOD", "POL", "LBA", "ING", "GTW", "NET")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_CODE = re.compile(rf"({'|'.join(FAMILIES)})[0-9]{{3}}")


@dataclass(frozen=True, slots=True, eq=False)  # each is one of a kind, and looked up for every Service
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
        home = function.__module__
        hop = home.split(".")[-2]
        _refuse(home, hop, code, slug)
        _checks.append(Check(code, slug, hop, symptom, function, needs(function)))
        return function

    return register


def _refuse(home: str, hop: str, code: str, slug: str) -> None:
    """Raises RegistrationError for a check that could be mistaken for another one, or stands nowhere on the path."""
    if not _CODE.fullmatch(code):
        raise RegistrationError(f"{home}: {code!r} is no code: write one of {', '.join(FAMILIES)} and three digits")
    if not _SLUG.fullmatch(slug):
        raise RegistrationError(f"{home}: {slug!r} is no slug: write words of lower case letters and digits, joined by '-'")
    if hop not in HOPS:
        raise RegistrationError(f"{home}: {hop!r} is no hop: move the file into the folder of one of {', '.join(HOPS)}, "
                                "or add the new hop to model/hops.py at its place on the path")
    for other in _checks:
        if other.code == code:
            family = [int(check.code[3:]) for check in _checks if check.code[:3] == code[:3]]
            raise RegistrationError(f"{home}: {code} is the code of {other.function.__module__}: "
                                    f"take a number above {code[:3]}{max(family)}, for codes are never used twice")
        if other.slug == slug:
            raise RegistrationError(f"{home}: {slug} is the slug of {other.function.__module__}: give the new check a name of its own")
        if other.function.__module__ == home:
            raise RegistrationError(f"{home} registers {other.code} already: give {code} a file of its own")


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of this package, by code."""
    loaded = load_all(__name__)
    registered = {check.function.__module__ for check in _checks}
    for module in loaded:
        # Each hop's folder is a package, and what is two levels below this one is a check.
        if module not in registered and module.removeprefix(__name__ + ".").count(".") == 1:
            raise RegistrationError(f"{module} registers no check: decorate its function with @defect(CODE, slug) or @symptom(CODE, slug), "
                                    "or move what several checks share to graph/")
    return tuple(sorted(_checks, key=lambda check: check.code))
