"""The result of an examination: what every renderer reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.hops import Step
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.model.table import Table

Verdict = Literal["healthy", "degraded", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the facts come from; empty strings where nothing was told."""

    context: str = ""
    server_version: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One examined subject. `missing` means that there is no such subject (exit status 2). `names` are its names, where they were worked out, and the first
    of its `tables`.

    `reached`: from which vantages everything was reached that was tried there. `probed`: something of it was tried, and not only read from the API.
    `unsettled` says which Pods are still to come, where that was asked for: a rollout that has not ended is no fault.
    """

    subject: Subject
    verdict: Verdict
    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    path: tuple[Step, ...]
    passed: tuple[str, ...]
    cluster: Cluster
    taken_at: datetime
    seconds: float
    api_requests: int
    vantages: tuple[str, ...] = ()
    missing: bool = False
    names: Names | None = None
    tables: tuple[Table, ...] = ()
    reached: tuple[str, ...] = ()
    probed: bool = False
    unsettled: tuple[str, ...] = ()

    @property
    def state(self) -> tuple[object, ...]:
        """What a person who watches waits for. Sentences are no part of it: the ages and counts in them change from one moment to the next."""
        findings = tuple((found.key, found.role, found.problem.severity, found.problem.partial, found.fix and found.fix.verified) for found in self.findings)
        rows = self.names.heard if self.names else ()
        answers = tuple((row.record.name, row.record.type, row.wrong, row.right) for row in rows)
        return (self.subject, self.verdict, self.missing, findings, tuple((entry.what, entry.why) for entry in self.unknowns), self.path, answers)

    @property
    def causes(self) -> tuple[Finding, ...]:
        """What a person must fix, most urgent first; remarks (severity info) are not among them."""
        return tuple(f for f in self.findings if f.role == "cause" and f.problem.severity.value != "info")

    @property
    def remarks(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.role == "cause" and f.problem.severity.value == "info")

    @property
    def consequences(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.role == "consequence")
