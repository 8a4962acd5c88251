"""The one door to the network: whoever stands there answers questions, and "not tried" is an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kubectl_svcdoctor.model.register import Question, Reply, exchange
from kubectl_svcdoctor.model.snapshot import Unknown


class Prober(Protocol):
    """Replies to questions, all asked at once; never raises for one of them."""

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        """A reply for each question, or an Unknown in its place."""


@dataclass(frozen=True, slots=True)
class NoProbe:
    """Tries nothing: every question is answered with why, and with what would try it. `what` names all of them together."""

    reason: str = "--no-probe was given"
    unlock: str = "leave --no-probe out"
    what: str = ""

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        return {question: self.reply(question.what) for question in questions}

    def reply(self, what: str = "") -> Unknown:
        """The one reply, to whatever question."""
        return Unknown(self.what or what, "not-tried", self.reason, self.unlock)


@dataclass(frozen=True, slots=True)
class OnlyDNS:
    """Asks what concerns the whole cluster, its DNS servers and what kubelets tell Pods about them, and leaves everything else to somebody else."""

    inner: Prober
    rest: Prober

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        asked = list(questions)
        shared = [question for question in asked if exchange(question).shared]
        return {**self.rest.ask([question for question in asked if question not in shared]), **self.inner.ask(shared)}


@dataclass(frozen=True)
class Replay:
    """Replies out of a recording; what was not recorded was not asked."""

    replies: Mapping[Question, Reply] = field(default_factory=dict)

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        unrecorded = "the recording holds no reply"
        return {
            question: self.replies.get(question, Unknown(question.what, "not-tried", unrecorded, "examine the cluster itself, without --replay"))
            for question in questions
        }
