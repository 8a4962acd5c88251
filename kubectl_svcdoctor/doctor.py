"""The whole examination of a subject: ask, judge, ask again, diagnose, try the fixes, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from kubectl_svcdoctor.checks import Check, all_checks
from kubectl_svcdoctor.collect.decode import groups
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.diagnose import diagnose, lowered, verdict
from kubectl_svcdoctor.graph.changes import last_change
from kubectl_svcdoctor.graph.dns.table import names
from kubectl_svcdoctor.graph.path import path
from kubectl_svcdoctor.graph.proxy.contradiction import Stated
from kubectl_svcdoctor.graph.reads import named_service, service_slices
from kubectl_svcdoctor.graph.scope import scope
from kubectl_svcdoctor.graph.settled import makers, unsettled
from kubectl_svcdoctor.graph.subjects import ClientName, named_pod, pod_services, subject_sets
from kubectl_svcdoctor.graph.tables import tables
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.judge import Judgement, judge
from kubectl_svcdoctor.left_out import answered, each, left_out, reached
from kubectl_svcdoctor.model.discovery import APIGroup
from kubectl_svcdoctor.model.evidence import Here, NamedPod, NamedService, NamedStatefulSet, Now, SelectedPods, ServiceKey, ServiceSlices, Vantage
from kubectl_svcdoctor.model.finding import Finding, Severity
from kubectl_svcdoctor.model.hops import early, stage
from kubectl_svcdoctor.model.register import exchange
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.scope import Scope
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Snapshot, Unknown
from kubectl_svcdoctor.model.subject import NodeAddressSubject, PodSubject, ServiceSubject, StatefulSetSubject, Subject
from kubectl_svcdoctor.model.workload import Workload
from kubectl_svcdoctor.naming import named, out_of_service
from kubectl_svcdoctor.probe.door import NoProbe, Prober
from kubectl_svcdoctor.remedy import prove

_NAMED: dict[type, type] = {ServiceSubject: NamedService, NodeAddressSubject: NamedService, StatefulSetSubject: NamedStatefulSet, PodSubject: NamedPod}
MANY = 3
_MOVING = (NamedService, SelectedPods, ServiceSlices)


@dataclass
class Doctor:
    """Examines subjects against one source. The snapshot grows with every question, so that nothing is asked twice.

    What the API already shows to be broken is not probed, unless everything is to be asked. `unseen` are vantages that could not be had. `settle`:
    reports say which Pods are still to come. `shared` are the probes that were made for all of many subjects. `wide`: there are many subjects, so
    that lists are read of the whole cluster, or of the one namespace in which all of them are.
    """

    source: Source
    ignore: frozenset[str] = frozenset()
    confirm: bool = True
    snapshot: Snapshot = field(default_factory=Snapshot)
    prober: Prober = field(default_factory=NoProbe)
    ask_everything: bool = False
    vantages: tuple[Vantage | Here, ...] = ()
    unseen: tuple[Unknown, ...] = ()
    settle: bool = False
    shared: frozenset[object] = frozenset()
    wide: bool = False
    clock: Callable[[], float] = time.monotonic

    def examine(self, subject: Subject) -> Report:
        """The report on one subject, with all Services that lead to it and what its Pods wait for, as seen from every vantage."""
        started, before = self.clock(), self.source.requests
        if not self.snapshot.answers:
            self._hurry(subject)
        judgement = self._judge(subject)
        if self.confirm and _alarming(judgement.findings):
            judgement = self._confirmed(subject, judgement)
        if self.ask_everything:
            judgement = self._compared(subject, judgement)
        return self._report(subject, judgement, started, before)

    def _report(self, subject: Subject, judgement: Judgement, started: float, before: int) -> Report:
        tree, around = judgement.tree, scope(judgement.tree)
        unknowns = (*self._unseen(judgement, around), *left_out(judgement, subject, self._pods, self.wide), *self.unseen)
        proven = prove(diagnose(judgement.findings, around), judgement, lambda snapshot: judge(self._checks(), self._tree(subject, snapshot, judgement)))
        told = named(out_of_service(map(self._dated, proven), subject), subject, (*tree.branches, *tree.followed))
        known = (names(tree.leaves(branch)) for branch in tree.branches)
        return Report(
            subject=subject, verdict=verdict(judgement.findings, unknowns, around), findings=told,
            unknowns=unknowns, path=path(tree, proven, judgement.findings, around), passed=judgement.passed,
            cluster=self.source.cluster(), taken_at=self.source.now(), seconds=self.clock() - started,
            api_requests=self.source.requests - before, vantages=self._asked_from(judgement),
            missing=tree.leaves(tree.branches[0])[0].need(_NAMED.get(type(subject), ClientName)) == (),
            names=next((found for found in known if found), None), tables=tables(tree),
            reached=reached(tree), probed=bool(judgement.replied - self.shared), unsettled=self._unsettled(tree) if self.settle else (),
        )

    def _unseen(self, judgement: Judgement, around: Scope) -> tuple[Unknown, ...]:
        """What checks had to do without. Of a Service that Pods wait for, only what was withheld, where nothing is known to be wrong with it or clients get
        nothing."""
        severe = [finding for finding in judgement.findings if finding.problem.severity is not Severity.INFO]
        told = {branch for branch in around.followed.values()
                if around.unserved(severe, branch) or not any(finding.branches and branch in finding.branches for finding in severe)}
        ours, known = {None, *around.serving}, answered(judgement.tree)
        return tuple(unknown for unknown in judgement.unseen({*ours, *told})
                     if unknown.what not in known and (unknown.withheld or judgement.unknowns[unknown] & ours))

    def ask_about(self, subject: Subject) -> None:
        """Ask whatever the judgement of this subject takes, for the snapshot."""
        self._judge(subject)

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

    def _tree(self, subject: Subject, snapshot: Snapshot, before: Judgement | None = None, stated: Mapping[str, Stated] | None = None) -> Tree:
        """The parts of the examination, those that one before has followed among them."""
        tree = Tree(subject, Now(self.source.now()), snapshot, self.vantages, stated)
        if before is not None:
            tree.follow(branch.service for branch in before.tree.followed if branch.service)
        return tree

    def _judge(self, subject: Subject, stated: Mapping[str, Stated] | None = None) -> Judgement:
        """Ask and judge until nothing that matters is open, all branches together; then follow what Pods wait for."""
        tree = self._tree(subject, self.snapshot, stated=stated)
        while True:
            judgement = judge(self._checks(), tree)
            awaited = [ServiceKey(wait.service.namespace, wait.service.name) for finding in judgement.findings for wait in finding.problem.awaits]
            if self._asked(judgement):
                tree.having(self.snapshot)
            elif not tree.follow(awaited):
                return judgement

    def _asked(self, judgement: Judgement) -> bool:
        """Ask what is next: reads in the order of the hops' stages, then all probes at once. What is late on the path, and what takes probes, is left out
        only in branches where no client is served at all by what comes before it. False when nothing was left to ask."""
        around = scope(judgement.tree)
        stopped: set[str | None] = {branch for branch in around.branches if around.unserved(judgement.findings, branch)}
        stopped |= {None} if around.broken(judgement.findings) else set()
        stopped = set() if self.ask_everything else stopped
        reads: dict[int, list[Query[Any]]] = {}
        probes: list[Any] = []
        for question, places in judgement.questions.items():
            wanted = [stage(place.hop) for place in places if place.branch not in stopped]
            if not isinstance(question, Query):
                probes += [question] if wanted else []
            elif wanted or any(early(place.hop) for place in places):
                reads.setdefault(min(wanted, default=0), []).append(question)
        if reads:
            self.snapshot = self.snapshot.having(self.source.ask(together(reads[min(reads)], self.snapshot, self.wide)))
        elif probes:
            self.snapshot = self.snapshot.replying(each(probes, self.prober.ask(probes)))
        return bool(reads or probes)

    def _confirmed(self, subject: Subject, judgement: Judgement) -> Judgement:
        """The judgement after what the first cause rests on was read again: a snapshot of several lists is not atomic."""
        first = diagnose(judgement.findings, scope(judgement.tree))[0]
        check = next(check for check in self._checks() if check.code == first.code)
        parts = judgement.tree.where(check.needs)
        moving = {asked for part in parts for kind in _MOVING if (asked := part.evidence.asked(kind))}
        self.prefetch(query for part in parts for query in part.evidence.queries(check.needs) if query in moving)
        return self._judge(subject)

    def _unsettled(self, tree: Tree) -> tuple[str, ...]:
        """Which Pods are still to come; what may not be read says nothing."""
        leaves = [tree.leaves(branch)[0] for branch in tree.branches]
        known = [(service, pods) for leaf in leaves if isinstance(service := leaf.need(Service), Service)
                 and isinstance(pods := leaf.need(SelectedPods), SelectedPods)]
        self.prefetch(query for service, _ in known for query in makers(service) if self.snapshot.answer(query) is None)
        return tuple(dict.fromkeys(words for service, pods in known for words in unsettled(service, pods, self._workloads(service))))

    def _workloads(self, service: Service) -> list[Workload]:
        answers = (self.snapshot.answer(query) for query in makers(service))
        return [item for answer in answers if isinstance(answer, tuple) for item in answer if isinstance(item, Workload)]

    def _compared(self, subject: Subject, judgement: Judgement) -> Judgement:
        """The judgement with its own causes held against what clients do get."""
        claims = [finding for finding in judgement.findings if finding.problem.severity is Severity.ERROR and not finding.problem.partial]
        stated = {branch.id: Stated(finding for finding in claims if finding.within(branch.id)) for branch in judgement.tree.branches}
        again = self._judge(subject, stated)
        return replace(again, findings=lowered(again.findings))

    @property
    def _pods(self) -> tuple[Vantage, ...]:
        return tuple(vantage for vantage in self.vantages if isinstance(vantage, Vantage))

    def _asked_from(self, judgement: Judgement) -> tuple[str, ...]:
        """From where anything was tried."""
        asked: list[Any] = list(judgement.replied)
        places, entered = {exchange(question).place for question in asked}, {question.inside for question in asked}
        outside = tuple(place for place in ("api-server", "local") if place in places)
        return outside + tuple(vantage.label for vantage in self._pods if vantage.name in entered)

    def _checks(self) -> Sequence[Check]:
        return all_checks() if not self.ignore else tuple(check for check in all_checks() if not {check.code, check.slug} & self.ignore)

    def _dated(self, finding: Finding) -> Finding:
        """The finding with the last change of its guilty field."""
        field = finding.problem.field
        item = self.snapshot.find(finding.problem.ref)
        return replace(finding, changed=last_change(item, field)) if field and item else finding


def _first(subject: Subject) -> list[Query[Any]]:
    if isinstance(subject, ServiceSubject):
        key = ServiceKey(subject.namespace, subject.name)
        return [named_service(key), service_slices(key)]
    return [asks(subject) for asks in (subject_sets, named_pod, pod_services) if isinstance(asks(subject), Query)]


def together(queries: Iterable[Query[Any]], snapshot: Snapshot, wide: bool = False) -> tuple[Query[Any], ...]:
    """The questions, with one list of a namespace in the place of many of its objects or parts, so that ten Services cost the requests of one; `wide`: with
    the list of all namespaces in the place of any, if the Services were listed so. Where a list was withheld, each is asked by itself.
    Discovery is asked for all groups at once, which costs one request."""
    alike: dict[Query[Any], list[Query[Any]]] = {}
    least = 1 if wide else MANY
    asked = dict.fromkeys(queries)
    if any(query.kind is APIGroup for query in asked):
        asked |= dict.fromkeys(group for group in groups() if group not in snapshot.answers)
    for query in asked:
        fields = query.fields if wide and not query.name else ()
        namespace = None if wide and Query(Service) in snapshot.answers else query.namespace
        alike.setdefault(Query(query.kind, namespace, fields=fields, version=query.version), []).append(query)
    return tuple(query for whole, parts in alike.items()
                 for query in ([whole] if len(parts) >= least and _listed(parts[0]) and whole not in snapshot.answers else parts))


def _listed(query: Query[Any]) -> bool:
    """Whether there is a list of the namespace that holds what is asked: a subresource has none, and one Lease is not worth the list of all nodes'."""
    return bool(query.namespace) and "/" not in query.kind.resource.plural and query.namespace != "kube-system"


def _alarming(findings: Iterable[Finding]) -> bool:
    return any(finding.problem.severity is not Severity.INFO for finding in findings)
