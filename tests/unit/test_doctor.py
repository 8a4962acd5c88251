"""The examination itself: how it ends, and what it takes for seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.many import examined
from kubectl_svcdoctor.model.questions import Dial, Lookup, Resolver
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject
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


class Asked:
    """A prober that remembers what it was asked."""

    def __init__(self, case: Case) -> None:
        self.inner, self.questions = case.prober(), list[Question]()

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        asked = list(questions)
        self.questions += asked
        return self.inner.ask(asked)


def several(*names: str) -> list[Subject]:
    return [ServiceSubject("shop", name) for name in names]


def test_of_many_subjects_the_dns_servers_are_asked_once_and_no_pods() -> None:
    prober = Asked(healthy())
    reports = examined(Doctor(healthy().source(), prober=prober), several("web", "api"))
    assert [(report.verdict, report.probed) for report in reports] == [("healthy", False)] * 2
    assert {type(question) for question in prober.questions} == {Lookup, Resolver}
    assert len(prober.questions) == len(set(prober.questions))
    one = Asked(healthy())
    examined(Doctor(healthy().source(), prober=one), several("web"))
    assert set(one.questions) == set(prober.questions)
    untried = {unknown for report in reports for unknown in report.unknowns}
    assert {(unknown.what, unknown.why) for unknown in untried} == {("the ports of the Pods, and what DNS answers to each name", "not-tried")}


def test_a_fault_of_all_dns_servers_is_one_cause_of_all_subjects() -> None:
    case = replace(healthy(), answers=({"status": "SERVFAIL"},))
    result = Result(tuple(examined(Doctor(case.source(), prober=case.prober()), several("web", "api"))), True)
    assert [(cause.finding.slug, len(cause.subjects)) for cause in result.causes] == [("dns-server-without-data", 2)]
    assert {report.verdict for report in result.reports} == {"broken"}


def test_a_single_subject_is_probed_unless_that_is_declined() -> None:
    assert Doctor(healthy().source(), prober=healthy().prober()).examine(several("web")[0]).probed
    assert not Doctor(healthy().source()).examine(several("web")[0]).probed
    assert "--no-probe was given" in {unknown.detail for unknown in examined(Doctor(healthy().source()), several("web"))[0].unknowns}


def test_of_a_pod_it_is_not_claimed_what_only_the_pod_itself_can_tell() -> None:
    pod = next(case for case in cases() if case.file == "dns/pod-as-subject" and not case.finds)
    outside = Doctor(pod.source(), prober=pod.prober()).examine(pod.examined_as())
    assert [(unknown.what, unknown.unlock) for unknown in outside.unknowns] == [(
        "what Pod lonely itself resolves and reaches", "kubectl svcdoctor pod/lonely --from pod/lonely -n shop")]
    inside = Doctor(pod.source(), prober=pod.prober(), vantages=pod.vantages).examine(pod.examined_as())
    assert (inside.verdict, inside.unknowns, inside.probed) == ("healthy", (), True)


def test_pods_that_terminate_are_told_beside_those_that_stay() -> None:
    going = {"metadata": {"deletionTimestamp": "2026-11-02T12:00:20Z", "deletionGracePeriodSeconds": 30}}
    case = replace(healthy(), change=({"kind": "Pod", "name": "*-ccccc", "patch": going},))
    report = Doctor(case.source(), prober=case.prober()).examine(case.examined_as())
    assert next(step.detail for step in report.path if step.hop == "pods") == "2 of 2 ready, 1 terminating"


@pytest.mark.parametrize(("ready", "wanted", "said"), [
    (0, 1, "0 of 1 Pod of deployment/web is ready"), (1, 3, "1 of 3 Pods of deployment/web is ready"), (2, 3, "2 of 3 Pods of deployment/web are ready"),
])
def test_what_is_still_to_come_is_told_in_the_right_number(ready: int, wanted: int, said: str) -> None:
    status = {"replicas": wanted, "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": wanted}
    case = replace(healthy(), change=({"kind": "Deployment", "name": "web", "patch": {"spec": {"replicas": wanted}, "status": status}},))
    report = Doctor(case.source(), prober=case.prober(), settle=True).examine(case.examined_as())
    assert report.unsettled == (said,)
