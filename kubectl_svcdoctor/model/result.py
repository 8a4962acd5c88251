"""One or several reports, as one run of the command gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.report import Report, Verdict
from kubectl_svcdoctor.model.subject import Subject

WORST_FIRST: tuple[Verdict, ...] = ("broken", "degraded", "unknown", "healthy")


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause and every subject that it breaks."""

    finding: Finding
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found. `several` tells a list of one from a single subject."""

    reports: tuple[Report, ...]
    several: bool
    scope: str = ""

    @property
    def state(self) -> tuple[object, ...]:
        """What decides whether another run has found something else."""
        return tuple(report.state for report in self.reports)

    @property
    def unsettled(self) -> tuple[str, ...]:
        """What is still to come of any subject's Pods."""
        return tuple(dict.fromkeys(words for report in self.reports for words in report.unsettled))

    @property
    def causes(self) -> tuple[Cause, ...]:
        return grouped(self.reports)


def grouped(reports: Iterable[Report]) -> tuple[Cause, ...]:
    """Causes over all subjects, each once: the same code on the same object is one cause, however many Services it breaks."""
    found: dict[object, tuple[Finding, list[Subject]]] = {}
    for report in sorted(reports, key=lambda report: WORST_FIRST.index(report.verdict)):
        for cause in report.causes:
            found.setdefault(cause.key, (cause, []))[1].append(report.subject)
    return tuple(Cause(finding, tuple(subjects)) for finding, subjects in found.values())
