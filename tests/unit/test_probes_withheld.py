"""Every case with each kind of probe withheld: nothing is invented, nothing is called healthy, and that it is missing is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.door import NoProbe, Prober
from tests.support.cases import Case, cases
from tests.support.matching import described


@dataclass(frozen=True)
class Without:
    """A Prober to whom one kind of question is not answered."""

    inner: Prober
    kind: type

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        told = self.inner.ask(list(questions))
        return {question: Unknown(question.what, "unreachable", "no answer", "try again") if type(question) is self.kind else reply
                for question, reply in told.items()}


def examined(case: Case, prober: Prober) -> tuple[Report, Doctor]:
    doctor = Doctor(case.source(), prober=prober, vantages=case.vantages, ask_everything=case.everything)
    return doctor.examine(case.examined_as()), doctor


def found(report: Report) -> set[object]:
    return {finding.key for finding in report.findings}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_withholding_any_kind_of_probe_invents_nothing_and_never_says_healthy(case: Case) -> None:
    whole, doctor = examined(case, case.prober())
    kinds = {type(question): None for question in doctor.snapshot.replies}
    unprobed = found(examined(case, NoProbe())[0]) if kinds else set()
    for kind in kinds:
        report, _ = examined(case, Without(case.prober(), kind))
        withheld = [unknown for unknown in report.unknowns if unknown.withheld]
        assert withheld or found(report) == found(whole), f"{kind.__name__} was withheld and nothing says so"
        assert not withheld or report.verdict != "healthy"
        # What the API alone shows may be refuted by a probe; without it, it stands.
        fresh = [f for f in report.findings if f.key not in found(whole) | unprobed and not f.symptom]
        assert not fresh, f"without {kind.__name__}: {described(report)}"
