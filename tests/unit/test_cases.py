"""Every case: exactly what it says is found, and nothing is invented when any part of the cluster may not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.discovery import APIGroup
from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.report import Cluster, Report
from kubectl_svcdoctor.model.snapshot import Answer, Query, Unknown
from kubectl_svcdoctor.model.workload import PodLog
from tests.support.budget import allowed
from tests.support.cases import Case, cases
from tests.support.matching import described, difference

ALL = [pytest.param(case, id=case.id) for case in cases()]


def examined(case: Case, source: Recording) -> tuple[Report, Doctor]:
    doctor = Doctor(source, prober=case.prober(), vantages=case.vantages, ask_everything=case.everything)
    return doctor.examine(case.examined_as()), doctor


@pytest.mark.parametrize("case", ALL)
def test_finds_exactly_what_the_case_says(case: Case) -> None:
    report, _ = examined(case, case.source())
    # What takes a probe, or is read late, may be left out only where no client is served at all; that it was is said.
    left_out = [unknown for unknown in report.unknowns if unknown.why == "not-tried"]
    assert [unknown.what for unknown in report.unknowns if unknown.why != "not-tried"] == list(case.unseen), report.unknowns
    inside = f"what Pod {case.examined_as().name} itself resolves and reaches"
    listed = [unknown for unknown in left_out if unknown.what != inside]
    assert report.verdict == "broken" or [unknown.what for unknown in listed] == list(case.unchecked), left_out
    assert not difference(case, report), difference(case, report)
    assert report.verdict == case.verdict
    assert all(f.fix is None or f.fix.verified is not False for f in report.findings), described(report)
    assert not (unnamed := [f.problem.summary for f in report.findings if not _says_of_what(f, report)]), unnamed


def _says_of_what(finding: Finding, report: Report) -> bool:
    """Whether a finding about another Service than the subject names it: alone, it would read as if about the subject."""
    ref, subject, summary = finding.problem.ref, report.subject, finding.problem.summary
    own = (ref.kind, ref.namespace, ref.name) == (subject.kind, subject.namespace, subject.name)
    return ref.kind != "Service" or own or "DNS" in summary or re.search(rf"(?<![-\w=]){re.escape(ref.name)}(?![-\w])", summary) is not None


@pytest.mark.parametrize("case", ALL)
def test_forbidding_any_input_invents_nothing_and_never_says_healthy(case: Case) -> None:
    whole, doctor = examined(case, case.source())
    asked = list(doctor.snapshot.answers)
    for query in asked:
        refused = replace(case.source(), refused={query: Unknown(str(query.path), "forbidden", "may not", "ask")})
        report, _ = examined(case, refused)
        withheld = [unknown for unknown in report.unknowns if unknown.withheld]
        assert withheld or _same(whole, report), f"{query.path} was withheld and nothing says so"
        if withheld:
            assert report.verdict != "healthy"
            assert not report.missing or query.name != case.subject
        before = {f.key for f in whole.findings}
        # Without a look into the cause a symptom stands alone; what was never there must not appear.
        fresh = [f for f in report.findings if f.key not in before and not f.symptom]
        assert not fresh, f"without {query.path}: {described(report)}"


def _same(one: Report, other: Report) -> bool:
    return {f.key for f in one.findings} == {f.key for f in other.findings}


class Counted:
    """A Source that counts as an API server would be asked."""

    def __init__(self, source: Recording) -> None:
        self.source = source
        self.asked: list[Query[KubernetesObject]] = []

    @property
    def requests(self) -> int:
        discovery = {query for query in self.asked if query.kind is APIGroup}  # together one request
        return 1 + len(self.asked) - len(discovery) + bool(discovery)  # and /version

    @property
    def logs(self) -> int:
        return sum(query.kind is PodLog and query.namespace != "kube-system" for query in self.asked)

    def ask(self, queries: Iterable[Query[KubernetesObject]]) -> Mapping[Query[KubernetesObject], Answer]:
        asked = list(queries)
        self.asked += asked
        return self.source.ask(asked)

    def now(self) -> datetime:
        return self.source.now()

    def cluster(self) -> Cluster:
        return self.source.cluster()


@pytest.mark.parametrize("case", ALL)
def test_one_subject_costs_at_most_twelve_requests_some_for_dns_and_two_where_a_container_has_to_tell_why_it_crashes(case: Case) -> None:
    source = Counted(case.source())
    report = Doctor(source, prober=case.prober(), vantages=case.vantages, ask_everything=case.everything).examine(case.examined_as())
    budget = allowed(case, report, source.asked)
    listed = "\n".join(str(query.path) for query in source.asked)
    assert source.logs <= 1, f"{source.logs} logs are read, and one has to do:\n{listed}"
    assert source.requests <= budget, f"{source.requests} requests where {budget} have to do; besides /version:\n{listed}"
