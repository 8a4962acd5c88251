"""One run of the command: where the facts come from, which subjects, how often, and what status that gives."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING

from kubectl_svcdoctor import many
from kubectl_svcdoctor.cli import selection
from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.collect.watching import Changes
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError, tell
from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.model.finding import Finding, Severity
from kubectl_svcdoctor.model.report import Cluster, Report
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.probe.door import NoProbe, Prober, Replay
from kubectl_svcdoctor.render import formats
from kubectl_svcdoctor.render.output import write
from kubectl_svcdoctor.render.style import style
from kubectl_svcdoctor.vantage import Standpoints

if TYPE_CHECKING:
    from kubectl_svcdoctor.collect.server import APIServer

PROGRAMS = ("json", "yaml")


def run(subjects: Sequence[str], flags: Flags) -> int:
    """Examine and print; returns the exit status. Raises UserError for whatever the user has to mend first."""
    if flags.output not in formats.names():
        raise UserError(f"unable to match a printer suitable for the output format {flags.output!r}, allowed formats are: "
                        + ", ".join(formats.names()))
    if flags.vantages and (flags.no_probe or len(subjects) != 1):
        raise UserError("--from opens connections, and --no-probe forbids that: leave one of them out" if flags.no_probe else
                        f"--from tries a single subject; name one: {plugin.program()} NAME -n NAMESPACE --from pod/NAME")
    source, namespace = _source(flags)
    warnings = _Warnings(source.warnings)
    try:
        with Standpoints(source, flags, namespace) as standpoints:
            return _run(subjects, flags, source, namespace, standpoints, warnings)
    finally:
        warnings.tell()


class _Warnings:
    """What the connection warns of: of the kubeconfig from the start, of tokens that could not be kept whenever they are renewed. Each is told once."""

    def __init__(self, given: Sequence[str] = ()) -> None:
        self._given = given
        self._told = 0

    def tell(self) -> None:
        while self._told < len(self._given):
            tell(f"warning: {self._given[self._told]}")
            self._told += 1


def _run(subjects: Sequence[str], flags: Flags, source: Source, namespace: str, standpoints: Standpoints, warnings: _Warnings) -> int:
    """Examine and print, again and again where that was asked for; returns the exit status."""
    shown: tuple[object, ...] | None = None
    changes: Changes | None = None
    deadline = time.monotonic() + _seconds(flags.timeout)
    while True:
        warnings.tell()
        with _uncollected():
            doctor, result = _examined(subjects, flags, source, namespace, standpoints)
        status = exit_status(result, flags.fail_on)
        well = status == 0 and not result.unsettled
        done = not flags.watch and (not flags.wait or well or time.monotonic() >= deadline)
        # What a person looks at may change in its ages alone, which is no news.
        if shown != result.state and (done or not flags.wait):
            _show(result, flags)
            shown = result.state
        if flags.record:
            from kubectl_svcdoctor.collect.recording import save

            save(flags.record, doctor.snapshot, source, namespace, standpoints.all)
        if done:
            return _ended(status, result)
        changes = changes or _changes(source)
        changes.follow(query for query, answer in doctor.snapshot.answers.items() if not isinstance(answer, Unknown))
        changes.wait(deadline - time.monotonic() if not flags.watch else inf)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles among objects, which looks through all that was read again and again: an examination makes none to speak of."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _changes(source: Source) -> Changes:
    """What ends the pauses between examinations; what a recording holds does not change."""
    return Changes(None if isinstance(source, Recording) else _server(source).connection)


def _server(source: Source) -> APIServer:
    from kubectl_svcdoctor.collect.server import APIServer

    assert isinstance(source, APIServer)
    return source


def _ended(status: int, result: Result) -> int:
    """The exit status; what --wait has waited for in vain is inconclusive: nothing is wrong with it, and it is not there yet."""
    if status == 0 and result.unsettled:
        tell(f"error: still waiting at --timeout: {'; '.join(result.unsettled)}")
        return 3
    return status


def _examined(subjects: Sequence[str], flags: Flags, source: Source, namespace: str, standpoints: Standpoints) -> tuple[Doctor, Result]:
    doctor = Doctor(source, _ignored(flags.ignore), prober=_prober(source, flags, standpoints.at_end), ask_everything=flags.ask_everything, settle=flags.wait)
    chosen, several = selection.chosen(subjects, flags, doctor, namespace)
    try:
        reports = many.examined(doctor, chosen) if several else [standpoints.seen(doctor, subject) for subject in chosen]
    except UserError as trouble:
        if flags.output not in PROGRAMS:
            raise
        reports = [away(subject, trouble) for subject in chosen]
    scope = "in all namespaces" if flags.all_namespaces else f"in namespace {namespace}"
    return doctor, Result(tuple(replace(report, findings=_addressed(report, flags)) for report in reports), several, scope)


def _ignored(given: Sequence[str]) -> frozenset[str]:
    """The codes to leave out: of a code, a slug, or the three letters of a family. Raises UserError for one that no check has: a typing
    error would silently ignore nothing."""
    if not given:
        return frozenset()
    from kubectl_svcdoctor.checks import all_checks

    meant: dict[str, set[str]] = {}
    for check in all_checks():
        for name in (check.code, check.slug, check.code[:3]):
            meant.setdefault(name, set()).add(check.code)
    wanted = [name.upper() if name.upper() in meant else name for name in given]
    strange = next((name for name in wanted if name not in meant), None)
    if strange:
        raise UserError(f"--ignore {strange}: no check has that code or slug; list them with: {plugin.program()} checks")
    return frozenset().union(*(meant[name] for name in wanted))


def _prober(source: Source, flags: Flags, ending: Callable[[Callable[[], None]], object]) -> Prober:
    """Who answers the probes: the recording, nobody, or the API server."""
    if isinstance(source, Recording):
        return Replay(source.replies)
    if flags.no_probe:
        return NoProbe()
    from kubectl_svcdoctor.probe.asking import Means
    from kubectl_svcdoctor.probe.through_api import ThroughAPI

    return ThroughAPI(Means(_server(source).connection, until=time.monotonic() + _seconds(flags.timeout), image=flags.probe_image or "", ending=ending))


def away(subject: Subject, trouble: UserError) -> Report:
    """The report when the API server gave no answer at all, so that programs get a document to read all the same."""
    unseen = Unknown("the API server", "unreachable", trouble.message, "see the detail")
    return Report(subject, "unknown", (), (unseen,), (), (), Cluster(), datetime.now(UTC), 0.0, 0)


def exit_status(result: Result, fail_on: str) -> int:
    """The contract's status: a finding beats a missing subject, that beats an unknown."""
    least = Severity(fail_on).rank
    reports = result.reports
    if any(cause.problem.severity.rank <= least for report in reports if not report.missing for cause in report.causes):
        return 1
    if any(report.missing for report in reports):
        return 2
    return 3 if any(report.verdict == "unknown" for report in reports) else 0


def _show(result: Result, flags: Flags) -> None:
    """Print the result; for a person, what is missing stands on stderr."""
    people = flags.output in ("text", "wide")
    missing = [report for report in result.reports if report.missing and people]
    for report in missing:
        subject = report.subject
        summary = next((finding.problem.summary for finding in report.findings),
                       f"there is no {subject.kind} {subject.name} in namespace {subject.namespace}")
        hint = next((str(fix.commands[0]) for finding in report.findings if (fix := finding.fix) and fix.commands),
                    f"kubectl get {subject.kind.lower()}s -n {subject.namespace}")
        tell(f"error: {summary}; try: {hint}")
    kept = replace(result, reports=tuple(report for report in result.reports if report not in missing))
    if kept.reports or not missing:
        write(formats.rendered(kept, flags.output, style(sys.stdout, flags.color)), sys.stdout)


def _addressed(report: Report, flags: Flags) -> tuple[Finding, ...]:
    """The findings with commands that reach the cluster which the flags chose."""
    if not flags.address:
        return report.findings
    return tuple(
        replace(finding, fix=finding.fix and replace(finding.fix, commands=tuple(
            command.addressed(flags.address) for command in finding.fix.commands)))
        for finding in report.findings
    )


def _source(flags: Flags) -> tuple[Source, str]:
    """Where the facts come from, and the namespace that applies."""
    if flags.replay:
        from kubectl_svcdoctor.collect.recording import load

        recording = load(flags.replay)
        return recording, flags.namespace or recording.namespace
    from kubectl_svcdoctor.cli.options import connection_options
    from kubectl_svcdoctor.collect.connection import connect
    from kubectl_svcdoctor.collect.server import APIServer

    connection = connect(connection_options(flags))
    return APIServer(connection), connection.namespace


def _seconds(text: str) -> float:
    from kubectl_svcdoctor.collect.connection import parse_duration

    return parse_duration(text) or float("inf")
