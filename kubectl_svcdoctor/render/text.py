"""The report for a person: verdict and cause in the first line, the path, the proof, the fix, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.model.finding import Finding, Severity
from kubectl_svcdoctor.model.hops import HOPS, SUBJECT, Step
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.render.lines import Line, Span, line
from kubectl_svcdoctor.render.marks import MARKS
from kubectl_svcdoctor.render.tables import shown, tabled

STYLE = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "dim"}
LABEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "remark"}


def text(report: Report, wide: bool = False) -> Iterator[Line]:
    """The lines of one report. `wide` adds the path of a healthy subject and what was done to examine it."""
    yield headline(report)
    if report.path and (report.verdict != "healthy" or wide):
        yield line()
        yield from _path(report)
    for table in shown(report, wide):
        yield line()
        yield from tabled(table)
    for place, cause in enumerate(report.causes):
        yield line()
        yield from _finding(cause, report, named=place > 0)
    for remark in report.remarks:
        yield line()
        yield from _finding(remark, report, named=True)
    yield from unseen(report.unknowns)
    if wide:
        yield line()
        yield from _examination(report)


def headline(report: Report) -> Line:
    """Verdict and cause in one sentence that stands alone in a chat or an alert."""
    subject = report.subject
    return line(MARKS[report.verdict], " ", Span(subject.called, "strong"), f" {_sentence(report)}", hanging=2)


def _sentence(report: Report) -> str:
    causes = report.causes
    if causes:
        more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
        return f"is {report.verdict}: {causes[0].problem.summary}{more}"
    if report.verdict == "unknown":
        missed = [unknown for unknown in report.unknowns if unknown.withheld]
        more = f" and {len(missed) - 1} more" if len(missed) > 1 else ""
        return f"is undetermined: nothing wrong found, but {missed[0].what}{more} could not be checked"
    seen = f", reached from {' and '.join(report.reached)}" if report.reached else ""
    return f"is healthy{hedge(report)}: {_summary(report.path)}{seen} ({len(report.passed)} checks passed)"


def hedge(report: Report) -> str:
    """What a healthy verdict rests on, where that is not all that could be tried."""
    tried = report.probed and all(unknown.withheld for unknown in report.unknowns)
    return "" if tried else ", as far as the API shows"


def _summary(path: Iterable[Step]) -> str:
    return "; ".join(step.detail for step in path if step.hop in ("spec", "pods") and step.detail).replace("; ", ", Pods ", 1)


def _path(report: Report) -> Iterator[Line]:
    """The hops, with a mark where the cause is that the first line names; where several Services lead to the subject, each one's below it."""
    several = any(step.hop == SUBJECT for step in report.path)
    width = max((len(_label(step, report)) for step in report.path), default=0)
    marked = _marked(report)
    for step in report.path:
        label, indent = _label(step, report).ljust(width), 4 if several and step.hop != SUBJECT else 2
        mark = Span("   ← breaks here", "bad") if step is marked and step.status == "broken" else Span("")
        mark = Span("   ← here", "warn") if step is marked and step.status == "degraded" else mark
        dim = "dim" if step.status in ("blocked", "none") else ""
        name = f"{step.target.rpartition('/')[2]}: " if several and step.hop == "spec" else ""
        yield line(MARKS[step.status], " ", Span(label, dim), "  ", Span(name + step.detail, dim), mark, indent=indent, hanging=width + 4)


def _label(step: Step, report: Report) -> str:
    return report.subject.kind if step.hop == SUBJECT else HOPS[step.hop]


def _marked(report: Report) -> Step | None:
    """The step of the cause that the first line names; the first that is not in order where that one has none."""
    wrong = [step for step in report.path if step.status in ("broken", "degraded") and step.hop != SUBJECT]
    cause = report.causes[0] if report.causes else None
    named = (step for step in wrong if cause and step.hop == cause.hop and cause.within(step.branch))
    return next(named, next(iter(wrong), None))


def _finding(finding: Finding, report: Report, named: bool) -> Iterator[Line]:
    problem = finding.problem
    where = f"{problem.ref}" + (f" port {problem.port}" if problem.port else "")
    summary = f": {problem.summary}" if named else ""
    severity = Span(LABEL[problem.severity], STYLE[problem.severity])
    yield line(severity, " ", Span(finding.code, "strong"), f" {where}{summary}", hanging=2)
    for fact in problem.evidence:
        yield line(fact, indent=2, hanging=2)
    if finding.changed:
        yield line(_changed(finding, report.taken_at), indent=2, hanging=2)
    for other in report.consequences:
        if other.cause == finding.key:
            yield line(f"also caused by this: {other.code}: {other.problem.summary}", indent=2, hanging=2)
    yield from _fix(finding)
    yield line("more: ", Span(f"{plugin.program()} explain {finding.code}", "dim"), indent=2, wraps=False)


def _fix(finding: Finding) -> Iterator[Line]:
    fix = finding.fix
    if fix is None:
        return
    proof = {True: " (verified on the collected data)", False: "", None: ""}[fix.verified]
    yield line(Span("fix: ", "good"), fix.summary, Span(proof, "dim"), indent=2, hanging=5)
    for command in fix.commands:
        yield line(Span(str(command), "command"), indent=4, wraps=False)
    if fix.remains:
        yield line(f"still failing afterwards: {fix.remains}", indent=4, hanging=2)


def _changed(finding: Finding, now: datetime) -> str:
    changed = finding.changed
    assert changed is not None
    when = f", {ago(now, changed.time)}" if changed.time else ""
    return f"{changed.field} was last set by {changed.manager or 'an unnamed manager'}{when}"


def ago(now: datetime, then: datetime) -> str:
    """`12 minutes ago (2026-11-02 11:48 UTC)`."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            age = f"{number} {unit}{'' if number == 1 else 's'} ago"
            break
    else:
        age = f"{seconds} seconds ago"
    return f"{age} ({then.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


def unseen(unknowns: tuple[Unknown, ...]) -> Iterator[Line]:
    """What was withheld and what was not checked, each with what would unlock it."""
    for title, kind in (("could not be checked", True), ("not checked", False)):
        listed = [unknown for unknown in unknowns if unknown.withheld is kind]
        if listed:
            yield line()
            yield line(Span(title, "strong"))
        for unknown in listed:
            why = f" ({unknown.why})" if kind else ""  # the title says the other one
            detail = f": {unknown.detail}" if unknown.detail else ""
            yield line(MARKS["unknown" if kind else "none"], f" {unknown.what}{why}{detail}", indent=2, hanging=2)
            if unknown.unlock:
                yield from _unlock(unknown.unlock)


def _unlock(text: str) -> Iterator[Line]:
    """A sentence, or a command, which stays on one line so that it can be pasted; it may stand at the sentence's end."""
    words, colon, command = text.partition(": kubectl ")
    if text.startswith("kubectl "):
        yield line(text, indent=4, wraps=False)
    elif colon and ", " not in command:
        yield line(f"{words}:", indent=4, hanging=2)
        yield line(f"kubectl {command}", indent=4, wraps=False)
    else:
        yield line(text, indent=4, hanging=2)


def _examination(report: Report) -> Iterator[Line]:
    cluster = report.cluster
    where = f"context {cluster.context or '-'}, server {cluster.server_version or '-'}"
    taken = f"{report.taken_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield line(Span(f"{len(report.passed)} checks passed: {' '.join(report.passed)}", "dim"), hanging=2)
    yield line(Span(f"{where}; {report.api_requests} API requests in {report.seconds:.2f} s; taken at {taken}", "dim"), hanging=2)
