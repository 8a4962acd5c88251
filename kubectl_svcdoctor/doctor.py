"""The whole examination of a subject: ask, judge, ask again, diagnose, try the fixes, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from kubectl_svcdoctor.checks import Check, all_checks
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.diagnose import diagnose, lowered, verdict
from kubectl_svcdoctor.graph.changes import last_change
from kubectl_svcdoctor.graph.contradiction import Stated
from kubectl_svcdoctor.graph.dns.table import names
from kubectl_svcdoctor.graph.path import path
from kubectl_svcdoctor.graph.reads import named_service, service_slices
from kubectl_svcdoctor.graph.scope import scope
from kubectl_svcdoctor.graph.settled import makers, unsettled
from kubectl_svcdoctor.graph.subjects import ClientName, named_pod, pod_services, subject_sets
from kubectl_svcdoctor.judge import Judgement, judge
from kubectl_svcdoctor.left_out import each, left_out
from kubectl_svcdoctor.model.evidence import Beside, NamedPod, NamedService, NamedStatefulSet, Now, SelectedPods, ServiceKey, ServiceSlices, Vantage
from kubectl_svcdoctor.model.finding import Finding, Severity
from kubectl_svcdoctor.model.hops import LATE
from kubectl_svcdoctor.model.joined import followed, joined
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef
from kubectl_svcdoctor.model.questions import DialFrom, Look, Looked, LookupFrom
from kubectl_svcdoctor.model.report import Report, Subject
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, Snapshot, Unknown
from kubectl_svcdoctor.model.workload import Workload
from kubectl_svcdoctor.probe.door import NoProbe, Prober
from kubectl_svcdoctor.remedy import prove

_NAMED: dict[str, type] = {"Service": NamedService, "StatefulSet": NamedStatefulSet, "Pod": NamedPod}
_MOVING = (NamedService, SelectedPods, ServiceSlices)


@dataclass
class Doctor:
    """Examines subjects against one source. The snapshot grows with every question, so that nothing is asked twice.

    What the API already shows to be broken is not probed, unless everything is to be asked. `unseen` are vantages that could not be had. `settle`:
    reports say which Pods are still to come. `shared` are the probes that were made for all of many subjects.
    """

    source: Source
    ignore: frozenset[str] = frozenset()
    confirm: bool = True
    snapshot: Snapshot = field(default_factory=Snapshot)
    prober: Prober = field(default_factory=NoProbe)
    ask_everything: bool = False
    vantages: tuple[Vantage, ...] = ()
    unseen: tuple[Unknown, ...] = ()
    settle: bool = False
    shared: frozenset[object] = frozenset()
    clock: Callable[[], float] = time.monotonic

    def examine(self, subject: Subject) -> Report:
        """The report on one subject; where several Services should reach it, what is wrong with any of them, as seen from each vantage.

        Where Pods wait for other Services, what is wrong with those is the cause.
        """
        first, *further = self.vantages or (None,)
        report, others = self._examined(subject, first)
        report = followed(report, self._awaited(report, frozenset({(subject.namespace, subject.name)})))
        found = [self._examined(Subject("Service", other.namespace, other.name), first)[0] for other in others]
        found += [self._examined(subject, vantage)[0] for vantage in further]
        return joined(report, found) if found else report

    def _awaited(self, report: Report, seen: frozenset[tuple[str, str]]) -> list[Report]:
        """The reports on the Services that the findings wait for, each followed further; one that waits for a Service before it ends there."""
        waits = (wait.service for finding in report.findings for wait in finding.problem.awaits)
        refs = dict.fromkeys(ref for ref in waits if (ref.namespace, ref.name) not in seen)
        found = [self._examined(Subject("Service", ref.namespace, ref.name), None)[0] for ref in refs]
        before = seen | {(ref.namespace, ref.name) for ref in refs}
        return [followed(other, self._awaited(other, before)) for other in found]

    def _examined(self, subject: Subject, vantage: Vantage | None) -> tuple[Report, Beside]:
        """One Service's report. Questions are asked in rounds, since some follow from the answers to others."""
        given = self._given(subject, vantage)
        started = self.clock()
        before = self.source.requests
        if not self.snapshot.answers:
            self._hurry(subject)
        judgement = self._judge(given)
        if self.confirm and _alarming(judgement.findings):
            judgement = self._confirmed(given, judgement)
        if self.ask_everything:
            judgement = self._compared(given, judgement)
        around = scope(judgement.evidence)
        found, unknowns = diagnose(judgement.findings, around), (*judgement.unknowns, *left_out(judgement, subject, vantage), *self.unseen)
        proven = prove(found, judgement, lambda snapshot: judge(self._checks(), given, snapshot))
        report = Report(
            subject=subject, verdict=verdict(proven, unknowns, around), findings=tuple(map(self._dated, proven)),
            unknowns=unknowns, path=path(judgement.evidence, proven, around), passed=judgement.passed,
            cluster=self.source.cluster(), taken_at=self.source.now(), seconds=self.clock() - started,
            api_requests=self.source.requests - before, vantages=self._asked_from(judgement, vantage),
            missing=judgement.evidence.need(_NAMED.get(subject.kind, ClientName)) == (), names=names(judgement.evidence),
            probed=bool(judgement.evidence.replied - self.shared), unsettled=self._unsettled(judgement) if self.settle else (),
        )
        beside = judgement.evidence.need(Beside)
        return report, beside if isinstance(beside, Beside) else Beside()

    def ask_about(self, subject: Subject) -> None:
        """Ask whatever the judgement of this subject takes, for the snapshot."""
        self._judge(self._given(subject, None))

    def _hurry(self, subject: Subject) -> None:
        """Ask what every examination of a Service begins with, while the checks are loaded."""
        first = _first(subject)
        with ThreadPoolExecutor(1) as pool:
            answers = pool.submit(self.source.ask, first)
            all_checks()
            self.snapshot = self.snapshot.having(answers.result())

    def prefetch(self, queries: Iterable[Query]) -> None:  # type: ignore[type-arg]
        """Read broad lists once, so that the narrow questions of many subjects are answered out of them."""
        self.snapshot = self.snapshot.having(self.source.ask(queries))

    def _judge(self, given: Mapping[type, object]) -> Judgement:
        """Ask and judge until nothing that matters is open. What is late on the path, and what takes probes, is left out only where no client is served at
        all by what comes before it."""
        while True:
            judgement = judge(self._checks(), given, self.snapshot)
            stopped = scope(judgement.evidence).unserved(finding.problem for finding in judgement.findings)
            further = self.ask_everything or not stopped
            queries = {question: hops for question, hops in judgement.questions.items() if isinstance(question, Query)}
            probes: list[Any] = [question for question in judgement.questions if not isinstance(question, Query)]
            first = [query for query, hops in queries.items() if hops - LATE]
            if first or (queries and further):
                self.snapshot = self.snapshot.having(self.source.ask(first or queries))
            elif probes and further:
                self.snapshot = self.snapshot.replying(each(probes, self.prober.ask(probes)))
            else:
                return judgement

    def _confirmed(self, given: Mapping[type, object], judgement: Judgement) -> Judgement:
        """The judgement after what the first cause rests on was read again: a snapshot of several lists is not atomic."""
        first = diagnose(judgement.findings, scope(judgement.evidence))[0]
        check = next(check for check in self._checks() if check.code == first.code)
        moving = frozenset().union(*(judgement.evidence.asked.get(kind, frozenset()) for kind in _MOVING))
        again = judgement.evidence.queries(check.needs) & moving
        self.prefetch(again)
        return self._judge(given)

    def _unsettled(self, judgement: Judgement) -> tuple[str, ...]:
        """Which Pods are still to come; what may not be read says nothing."""
        service, pods = judgement.evidence.need(Service), judgement.evidence.need(SelectedPods)
        if not isinstance(service, Service) or not isinstance(pods, SelectedPods):
            return ()
        wanted = makers(service)
        self.prefetch(query for query in wanted if self.snapshot.answer(query) is None)
        answers = (self.snapshot.answer(query) for query in wanted)
        return unsettled(service, pods, [item for answer in answers if isinstance(answer, tuple) for item in answer if isinstance(item, Workload)])

    def _compared(self, given: Mapping[type, object], judgement: Judgement) -> Judgement:
        """The judgement with its own causes held against what clients do get."""
        stated = Stated(finding for finding in judgement.findings if finding.problem.severity is Severity.ERROR and not finding.problem.partial)
        again = self._judge({**given, Stated: stated})
        return replace(again, findings=lowered(again.findings))

    def _given(self, subject: Subject, vantage: Vantage | None) -> dict[type, object]:
        return {Subject: subject, Now: Now(self.source.now()), Vantage: vantage or Irrelevant("--from names no Pod")}

    def _asked_from(self, judgement: Judgement, vantage: Vantage | None) -> tuple[str, ...]:
        """From where anything was tried."""
        inside = (vantage.label,) if vantage and isinstance(judgement.evidence.need(Looked), Looked) else ()
        through_api = any(not isinstance(question, (Look, LookupFrom, DialFrom)) for question in judgement.evidence.replied)
        return (("api-server",) if through_api else ()) + inside

    def _checks(self) -> Sequence[Check]:
        return [check for check in all_checks() if not {check.code, check.slug} & self.ignore]

    def _dated(self, finding: Finding) -> Finding:
        """The finding with the last change of its guilty field."""
        field = finding.problem.field
        item = self._read(finding.problem.ref)
        return replace(finding, changed=last_change(item, field)) if field and item else finding

    def _read(self, ref: ObjectRef) -> KubernetesObject | None:
        answers = (answer for answer in reversed(list(self.snapshot.answers.values())) if not isinstance(answer, Unknown))
        return next((item for answer in answers for item in answer if item.ref == ref), None)


def _first(subject: Subject) -> list[Query[Any]]:
    if subject.kind == "Service":
        key = ServiceKey(subject.namespace, subject.name)
        return [named_service(key), service_slices(key)]
    return [asks(subject) for asks in (subject_sets, named_pod, pod_services) if isinstance(asks(subject), Query)]


def _alarming(findings: Iterable[Finding]) -> bool:
    return any(finding.problem.severity is not Severity.INFO for finding in findings)
