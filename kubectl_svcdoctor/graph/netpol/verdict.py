"""Answers with a third value: what was read, or what Kubernetes defines, does not always settle whether a policy applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.model.policy import Direction, NetworkPolicy, Rule


@dataclass(frozen=True, slots=True)
class Allowed:
    """No policy limits the connection, or the policies that do allow it."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Each reason is a clause, as a report prints it after "not decided:"."""

    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that would allow the connection but for its ports, or but for its peers; `place` is its index in the policy's list."""

    policy: NetworkPolicy
    place: int
    lacks: Literal["port", "peer"]


@dataclass(frozen=True, slots=True)
class Denial:
    """One side of a connection that is denied: `policies` isolate the Pod in that direction, and none of their rules matches.

    `missing` is the rule that any one of them would need, or a further policy for the same Pod: it allows this port for what labels or addresses do
    not tell from the other end. None where nothing is known that would.
    """

    direction: Direction
    policies: tuple[NetworkPolicy, ...]
    missing: Rule | None
    near: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class Denied:
    """By the source's side (Egress), by the target's (Ingress), or by both."""

    by: tuple[Denial, ...]


Verdict = Allowed | Denied | Undecided
Answer = bool | Undecided


def any_of(answers: Iterable[Answer]) -> Answer:
    """True if one is; else Undecided, with all reasons, if one is; else False."""
    reasons: list[str] = []
    for answer in answers:
        if answer is True:
            return True
        if isinstance(answer, Undecided):
            reasons += answer.why
    return undecided(reasons) if reasons else False


def all_of(answers: Iterable[Answer]) -> Answer:
    """False if one is; else Undecided, with all reasons, if one is; else True."""
    reasons: list[str] = []
    for answer in answers:
        if answer is False:
            return False
        if isinstance(answer, Undecided):
            reasons += answer.why
    return undecided(reasons) if reasons else True


def undecided(reasons: Iterable[str]) -> Undecided:
    """The reasons, each once."""
    return Undecided(tuple(dict.fromkeys(reasons)))
