"""Several subjects for a person: how many are well, and one block for each cause with everything that it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.result import WORST_FIRST, Cause, Result
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject
from kubectl_svcdoctor.render.lines import Line, Span, line
from kubectl_svcdoctor.render.marks import MARKS
from kubectl_svcdoctor.render.text import STYLE, hedge, unseen

NAMED_AT_MOST = 8


def overview(result: Result, wide: bool = False) -> Iterator[Line]:
    """Counts, then causes by how many subjects they break, then what was not seen; `wide` lists every subject."""
    yield _counts(result)
    if wide:
        yield line()
        yield from _table(result.reports)
    for cause in sorted(result.causes, key=lambda cause: (cause.finding.problem.severity.rank, -len(cause.subjects))):
        yield line()
        yield from _cause(cause)
    shown = (report for report in result.reports if report.verdict in ("healthy", "unknown"))
    seen = dict.fromkeys(entry for report in result.reports for entry in report.unknowns if entry.withheld)
    seen.update(dict.fromkeys(entry for report in shown for entry in report.unknowns))
    yield from unseen(tuple(seen))


def _counts(result: Result) -> Line:
    counted = Counter(report.verdict for report in result.reports)
    worst = next((verdict for verdict in WORST_FIRST if counted[verdict]), "healthy")
    sure = sum(report.verdict == "healthy" and not hedge(report) for report in result.reports)
    words = {verdict: f"{counted[verdict]} {verdict}" for verdict in WORST_FIRST}
    if counted["healthy"] > sure:
        words["healthy"] = ", ".join(([f"{sure} healthy"] if sure else []) + [f"{counted['healthy'] - sure} healthy as far as the API shows"])
    parts = ", ".join(words[verdict] for verdict in WORST_FIRST if counted[verdict])
    total = len(result.reports)
    noun = "Service" if all(isinstance(report.subject, ServiceSubject) for report in result.reports) else "subject"
    return line(MARKS[worst], f" {total} {noun}{'' if total == 1 else 's'} {result.scope}: {parts}", hanging=2)


def _table(reports: tuple[Report, ...]) -> Iterator[Line]:
    width = max((len(r.subject.called) for r in reports), default=0)
    for report in sorted(reports, key=lambda report: (WORST_FIRST.index(report.verdict), report.subject.namespace, report.subject.name)):
        name = report.subject.called.ljust(width)
        codes = " ".join(cause.code for cause in report.causes)
        sure = "" if report.verdict != "healthy" or not hedge(report) else hedge(report).removeprefix(", ")
        yield line(MARKS[report.verdict], f" {name}  {report.verdict.ljust(8)}  {codes or sure}", indent=2, wraps=False)


def _cause(cause: Cause) -> Iterator[Line]:
    finding = cause.finding
    problem = finding.problem
    names = _names(cause.subjects)
    yield line(Span(problem.severity.value, STYLE[problem.severity]), " ", Span(finding.code, "strong"), f" {names}: {problem.summary}", hanging=2)
    if finding.fix:
        yield line(Span("fix: ", "good"), finding.fix.summary, indent=2, hanging=5)
        for command in finding.fix.commands:
            yield line(Span(str(command), "command"), indent=4, wraps=False)


def _names(subjects: tuple[Subject, ...]) -> str:
    shown = ", ".join(subject.called for subject in subjects[:NAMED_AT_MOST])
    more = len(subjects) - NAMED_AT_MOST
    return f"{shown} and {more} more" if more > 0 else shown
