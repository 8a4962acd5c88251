"""Whether an examination of many says of each subject what an examination of that one says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_svcdoctor import many
from kubectl_svcdoctor.cli import selection
from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.report import Report, Subject
from kubectl_svcdoctor.model.result import Result

Grouped = dict[tuple[str, ...], frozenset[tuple[str, str]]]


def all_together(source: Source) -> list[Report]:
    """What `-A --no-probe` says."""
    doctor = Doctor(source)
    subjects, _ = selection.chosen([], Flags({"selector": "", "all_namespaces": True}), doctor, "default")
    return many.examined(doctor, subjects)


def one_by_one(source: Source, subjects: Iterable[Subject]) -> Iterator[Report]:
    """What `NAME -n NAMESPACE --no-probe` says of each."""
    for subject in subjects:
        yield Doctor(source).examine(subject)


def grouped(reports: Sequence[Report]) -> Grouped:
    """The causes with the subjects that have them: what is wrong with which object, and what is to be changed."""
    found: Grouped = {}
    for cause in Result(tuple(reports), True).causes:
        problem, fix = cause.finding.problem, cause.finding.fix
        changes = () if fix is None else (fix.summary, *map(str, fix.commands), str(fix.verified))
        key = (cause.finding.code, problem.severity.value, str(problem.ref), str(problem.port), problem.summary, *changes)
        found[key] = found.get(key, frozenset()) | {(subject.namespace, subject.name) for subject in cause.subjects}
    return found
