"""Several reports as one: of a subject that several Services should reach, and of one whose Pods wait for others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.finding import Finding, Severity, Wait
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.report import Report, Subject, Verdict

SEVEREST: tuple[Verdict, ...] = ("broken", "degraded", "unknown", "healthy")


def joined(report: Report, others: Sequence[Report]) -> Report:
    """One report on a subject that several Services should reach: every finding once, and the worst verdict."""
    findings: dict[object, Finding] = {}
    for finding in (finding for entry in (report, *(_named(other, report.subject) for other in others)) for finding in entry.findings):
        findings.setdefault(finding.key, finding)  # what is a consequence to the subject itself is no cause beside it
    found = {finding.code for finding in findings.values()}
    passed = {code for entry in (report, *others) for code in entry.passed} - found
    return replace(
        report, findings=tuple(findings.values()), verdict=min((entry.verdict for entry in (report, *others)), key=SEVEREST.index),
        unknowns=tuple(dict.fromkeys(unknown for entry in (report, *others) for unknown in entry.unknowns)), passed=tuple(sorted(passed)),
        path=report.path or others[0].path, names=_together([entry.names for entry in (report, *others) if entry.names]),
        seconds=sum(entry.seconds for entry in (report, *others)),
        api_requests=sum(entry.api_requests for entry in (report, *others)),
        vantages=tuple(dict.fromkeys(vantage for entry in (report, *others) for vantage in entry.vantages)),
        probed=any(entry.probed for entry in (report, *others)),
        unsettled=tuple(dict.fromkeys(words for entry in (report, *others) for words in entry.unsettled)),
    )


def followed(report: Report, others: Sequence[Report]) -> Report:
    """The report with the causes of those Services that its Pods wait for and that give them nothing; its own verdict and path stay.

    What waits for one of them is its consequence: of the first, where it waits for several, since commands run in order. What could not be
    looked at there is said.
    """
    others = [_named(other, report.subject) for other in others]
    by_name = {ObjectRef("v1", "Service", other.subject.namespace, other.subject.name): other for other in others}
    stops = {finding.key: [by_name[wait.service] for wait in finding.problem.awaits if wait.service in by_name and _withheld(wait, by_name[wait.service])]
             for finding in report.findings}
    broken = [other for other in others if any(other in found for found in stops.values())]
    unseen = (unknown for other in others for unknown in other.unknowns if other.verdict == "unknown" or (other in broken and unknown.withheld))
    report = replace(report, unknowns=tuple(dict.fromkeys((*report.unknowns, *unseen))))
    if not broken:
        return report
    roots = {key: _severe(found[0])[0].key for key, found in stops.items() if found}
    roots |= {finding.key: roots[finding.cause] for finding in report.findings if finding.cause in roots}
    known = {finding.key for finding in report.findings}
    own = [replace(finding, role="consequence", cause=roots[finding.key], explains=()) if finding.key in roots else finding for finding in report.findings]
    codes = {root: tuple(finding.code for finding in own if finding.cause == root) for root in roots.values()}
    causes = [replace(finding, explains=tuple(dict.fromkeys((*finding.explains, *codes.get(finding.key, ())))))
              for other in broken for finding in _severe(other) if finding.key not in known]
    below = [finding for other in broken for finding in other.findings if finding.role == "consequence" and finding.key not in known]
    ranked = sorted((*causes, *own, *below), key=lambda finding: finding.role == "consequence")
    return replace(report, findings=tuple(ranked), api_requests=report.api_requests + sum(other.api_requests for other in others),
                   seconds=report.seconds + sum(other.seconds for other in others))


def _named(other: Report, subject: Subject) -> Report:
    """The report on another Service, whose findings say of which Service they are: beside the subject's own they would read as if about that."""
    kind, namespace, name = other.subject.kind, other.subject.namespace, other.subject.name
    if kind != "Service" or (kind, namespace, name) == (subject.kind, subject.namespace, subject.name):
        return other
    spoken = re.compile(rf"\b[Ss]ervices? (?:[-\w]+/)?{re.escape(name)}(?![-\w])")
    who = f"Service {name}" if namespace == subject.namespace else f"Service {namespace}/{name}"
    return replace(other, findings=tuple(
        finding if spoken.search(finding.problem.summary) else replace(finding, problem=replace(finding.problem, summary=f"{who}: {finding.problem.summary}"))
        for finding in other.findings))


def _severe(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.role == "cause" and finding.problem.severity is Severity.ERROR]


def _withheld(wait: Wait, other: Report) -> bool:
    """Whether the Service gives those that wait for it nothing. Whoever only looks its name up needs no endpoint."""
    causes = _severe(other)
    if wait.name_alone and not other.missing:
        return any(finding.hop == "dns" and not finding.problem.partial for finding in causes)
    return bool(causes) and (other.verdict == "broken" or other.missing)


def _together(found: Sequence[Names]) -> Names | None:
    """The first table of names, with what all of them tell from inside of Pods."""
    if not found:
        return None
    return replace(found[0], views=tuple({(view.pod, view.address): view for names in found for view in names.views}.values()))
