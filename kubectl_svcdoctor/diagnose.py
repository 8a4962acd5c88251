"""Causes, consequences, ranking and verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kubectl_svcdoctor.model.finding import Finding, Severity
from kubectl_svcdoctor.model.hops import depth
from kubectl_svcdoctor.model.report import Verdict
from kubectl_svcdoctor.model.snapshot import Unknown


def diagnose(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with their roles: causes first, the most urgent on top; each symptom that a cause explains hangs under it.

    A symptom is explained by a finding at an earlier hop that is as severe and concerns the same port, or all of them; any finding by one that names it.
    """
    ranked = sorted(findings, key=_urgency)
    explained = {finding.key: _cause_of(finding, ranked) for finding in ranked}
    result = []
    for finding in ranked:
        cause = explained[finding.key]
        codes = dict.fromkeys(other.code for other in ranked if (by := explained[other.key]) and by.key == finding.key)
        result.append(replace(finding, role="consequence" if cause else "cause", explains=tuple(codes)))
    return tuple(sorted(result, key=lambda finding: finding.role == "consequence"))


def _urgency(finding: Finding) -> tuple[int, bool, int, str, str]:
    problem = finding.problem
    return (problem.severity.rank, problem.partial, depth(finding.hop), finding.code, str(problem.ref) + problem.port)


def _cause_of(finding: Finding, others: Sequence[Finding]) -> Finding | None:
    """The finding that explains this one, or None for what stands by itself."""
    named = next((other for other in others if finding.slug in other.problem.explains), None)
    if named is not None or not finding.symptom:
        return named
    for other in others:
        if other.slug in finding.problem.explains:
            continue
        same_port = not other.problem.port or not finding.problem.port or other.problem.port == finding.problem.port
        deeper = depth(other.hop) < depth(finding.hop) or (depth(other.hop) == depth(finding.hop) and not other.symptom)
        # Capacity that is gone explains no failure: what clients cannot do has a cause that is as severe.
        severe = other.problem.severity is not Severity.INFO and other.problem.severity.rank <= finding.problem.severity.rank
        if severe and same_port and deeper:
            return other
    return None


def verdict(findings: Iterable[Finding], unknowns: Iterable[Unknown]) -> Verdict:
    """broken: a client gets no service. degraded: some requests, ports, nodes or clients fail. A finding beats an unknown."""
    severe = [finding.problem for finding in findings if finding.problem.severity is not Severity.INFO]
    if any(problem.severity is Severity.ERROR and not problem.partial for problem in severe):
        return "broken"
    if severe:
        return "degraded"
    return "unknown" if any(unknown.withheld for unknown in unknowns) else "healthy"
