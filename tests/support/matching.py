"""Compares what was found with what a case says."""

from __future__ import annotations

from typing import Any

from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.report import Report
from tests.support.cases import Case

WORDS = ("summary", "evidence", "fix")  # compared as a part of what is said


def difference(case: Case, report: Report) -> str:
    """Empty when exactly the case's findings were found, else what is missing or too much, with everything that was found."""
    left = list(report.findings)
    for wanted in case.finds:
        hit = next((finding for finding in left if matches(wanted, finding)), None)
        if hit is None:
            return f"not found: {wanted}\nfound instead:\n{described(report)}"
        left.remove(hit)
    return f"more than the case says:\n{described(report)}" if left else ""


def matches(wanted: dict[str, Any], finding: Finding) -> bool:
    problem, fix = finding.problem, finding.fix
    told = {
        "slug": finding.slug, "code": finding.code, "severity": problem.severity.value, "port": problem.port, "node": problem.node, "family": problem.family,
        "role": finding.role, "partial": problem.partial, "hop": finding.hop, "verified": fix.verified if fix else None,
        "cause": finding.cause[0] if finding.cause else "",
    }
    strange = set(wanted) - set(told) - set(WORDS)
    assert not strange, f"a case expects {', '.join(strange)} of {finding.slug}, which is nothing that a finding has: use one of {', '.join((*told, *WORDS))}"
    exact = all(told[key] == value for key, value in {"role": "cause", **wanted}.items() if key not in WORDS)
    fixed = " ".join((fix.summary, *map(str, fix.commands))) if fix else ""
    return exact and wanted.get("summary", "") in problem.summary and wanted.get("fix", "") in fixed and wanted.get(
        "evidence", "") in "\n".join(problem.evidence)


def described(report: Report) -> str:
    return "\n".join(
        f"{f.code} {f.slug} {f.role} {f.problem.severity.value} partial={f.problem.partial} port={f.problem.port!r} "
        f"verified={f.fix.verified if f.fix else None}: {f.problem.summary}"
        + (f"\n    remains: {f.fix.remains}" if f.fix and f.fix.remains else "")
        for f in report.findings
    ) or "nothing"
