"""How two label values differ, in the words that a person would use; and how selectors are written."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SEPARATORS = re.compile(r"[-_.]")
_NUMBERS = ("no", "one", "two", "three")


def pairs(labels: Mapping[str, str]) -> str:
    """`app=web,tier=front`, in a stable order, as kubectl writes a selector."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def count(number: int, noun: str = "Pod") -> str:
    """`1 Pod`, `3 Pods`, `2 addresses`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 hours`, `13 days`: the unit that gives a number between two and a hundred, rounded down."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def distance(one: str, other: str) -> int:
    """The least number of letters to add, drop, replace or swap with a neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row = row, [i, *[0] * len(other)]
        for j, against in enumerate(other, 1):
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                row[j] = min(row[j], before[j - 2] + 1)
        before = last
    return row[-1]


def manner(one: str, other: str) -> str:
    """What turns the first value into the second, as the end of "they differ …"; empty when they have nothing to do with each other."""
    if one.casefold() == other.casefold():
        return "in upper and lower case only"
    if _SEPARATORS.sub("", one) == _SEPARATORS.sub("", other):
        return "in their separators only"
    affix = _affix(one, other)
    if affix:
        return affix
    if _numbered_alike(one, other) or abs(len(one) - len(other)) > 3:
        return ""
    letters = distance(one, other)
    if sorted(one) == sorted(other) and letters == 1:
        return "by two neighbouring letters that are swapped"
    return f"by {_NUMBERS[letters]} {'letter' if letters == 1 else 'letters'}" if letters <= _tolerated(one, other) else ""


def resemble(one: str, other: str) -> bool:
    """Whether one value can be meant as the other: a slip of the keyboard, another case, or a release name in front or behind."""
    return bool(manner(one, other))


def misspelt(one: str, other: str) -> bool:
    """Whether they resemble letter by letter, which is more than one of them having a name in front or behind."""
    return resemble(one, other) and not _affix(one, other)


def _affix(one: str, other: str) -> str:
    short, long = sorted((one, other), key=len)
    if len(short) < 2:
        return ""
    for separator in "-_.":
        if long.endswith(separator + short):
            return f"by {long[: -len(short)]!r} in front"
        if long.startswith(short + separator):
            return f"by {long[len(short):]!r} at the end"
    return ""


def _numbered_alike(one: str, other: str) -> bool:
    """web-1 and web-2 are two things, not one thing misspelt."""
    digits = re.compile(r"\d+")
    return bool(digits.search(one) and digits.search(other)) and digits.sub("#", one) == digits.sub("#", other)


def _tolerated(one: str, other: str) -> int:
    """How many letters may differ: api and app are two names, frontend and fronted are one."""
    shorter = min(len(one), len(other))
    if shorter <= 3:
        return 1 if len(one) != len(other) else 0
    return 1 if shorter < 6 else 2 if shorter < 12 else 3
