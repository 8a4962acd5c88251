"""The examination itself: how it ends, and what it takes for seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.questions import Dial, Lookup, Question, Reply, Resolver
from tests.support.cases import Case, cases


def healthy() -> Case:
    return next(case for case in cases() if not case.finds and not case.change and not case.add)


class Silent:
    """A prober that has nothing to say to questions of one kind."""

    def __init__(self, case: Case, kind: type) -> None:
        self.inner, self.kind, self.rounds = case.prober(), kind, 0

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        self.rounds += 1
        assert self.rounds < 10, "it is asked for ever"
        return {question: reply for question, reply in self.inner.ask(questions).items() if not isinstance(question, self.kind)}


@pytest.mark.parametrize("kind", [Dial, Lookup, Resolver])
def test_a_question_without_a_reply_is_asked_once_and_listed(kind: type) -> None:
    report = Doctor(healthy().source(), prober=Silent(healthy(), kind)).examine(healthy().examined_as())
    assert report.verdict == "unknown"
    assert {unknown.detail for unknown in report.unknowns} == {"the prober returned no reply"}
