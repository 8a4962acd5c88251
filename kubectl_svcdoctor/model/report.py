"""The result of an examination: what every renderer reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.hops import Step
from kubectl_svcdoctor.model.snapshot import Unknown

Verdict = Literal["healthy", "degraded", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined, and the words the user typed for it."""

    kind: str
    namespace: str
    name: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the facts come from; empty strings where nothing was told."""

    context: str = ""
    server_version: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One examined subject. `missing` means that there is no such subject (exit status 2). `names` are its names, where they were worked out."""

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
