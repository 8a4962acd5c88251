"""Label selectors as kubectl's -l takes them (API reference, label selectors: equality-based and set-based)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_KEY = r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
_TERMS = (
    (re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)"), "set"),
    (re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})"), "equal"),
    (re.compile(rf"(!?)\s*({_KEY})"), "exists"),
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One term: the key, the values that it may (or may not) have; no values ask for the key's presence alone."""

    key: str
    values: frozenset[str] | None
    wanted: bool

    def admits(self, labels: Mapping[str, str]) -> bool:
        if self.values is None:
            return (self.key in labels) is self.wanted
        return (labels.get(self.key) in self.values) is self.wanted


def parse(text: str) -> tuple[Requirement, ...]:
    """The terms, all of which must hold. Raises ValueError with the place that cannot be read."""
    found = []
    rest = text.strip()
    while rest:
        for pattern, kind in _TERMS:
            match = pattern.match(rest)
            if match:
                found.append(_requirement(kind, match))
                rest = rest[match.end():].lstrip()
                break
        else:
            raise ValueError(f"unable to parse the label selector at {rest!r}")
        if rest and not rest.startswith(","):
            raise ValueError(f"unable to parse the label selector at {rest!r}")
        rest = rest[1:].lstrip()
    return tuple(found)


def _requirement(kind: str, match: re.Match[str]) -> Requirement:
    if kind == "set":
        values = frozenset(value.strip() for value in match[3].split(","))
        return Requirement(match[1], values, match[2] == "in")
    if kind == "equal":
        return Requirement(match[1], frozenset({match[3]}), match[2] != "!=")
    return Requirement(match[2], None, not match[1])
