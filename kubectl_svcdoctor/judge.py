"""Runs checks on a snapshot; the only place that meets Unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kubectl_svcdoctor.checks import Check
from kubectl_svcdoctor.graph.provide import Evidence, Need, Unasked
from kubectl_svcdoctor.model.finding import Finding, Problem
from kubectl_svcdoctor.model.snapshot import Irrelevant, Snapshot, Unknown


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all checks said of one subject.

    `passed` holds codes; `unknowns` what some check had to do without, each once; `questions` what has to be asked before
    the rest can be judged, each with the hops whose checks wait for it; `undecided` the codes of checks that wait, or had to do without; `needs` what each
    check takes, by code.
    """

    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    unknowns: tuple[Unknown, ...]
    questions: Mapping[object, frozenset[str]]
    evidence: Evidence
    undecided: frozenset[str] = frozenset()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)


def judge(checks: Sequence[Check], given: Mapping[type, object], snapshot: Snapshot) -> Judgement:
    """Judge one subject, named by the values in `given`, on everything that the snapshot holds."""
    evidence = Evidence(given, snapshot)
    findings: list[Finding] = []
    passed: list[str] = []
    unknowns: dict[Unknown, None] = {}
    questions: dict[object, frozenset[str]] = {}
    undecided: set[str] = set()
    for check in checks:
        result = _run(check, evidence)
        if isinstance(result, (Unasked, Unknown)):
            undecided.add(check.code)
        if isinstance(result, Unasked):
            questions.update({question: questions.get(question, frozenset()) | {check.hop} for question in result.questions})
            continue
        if isinstance(result, Irrelevant):
            continue
        unknowns.update(dict.fromkeys(evidence.unknowns(check.needs)))
        if isinstance(result, Unknown):
            unknowns[result] = None
        elif result:
            findings += result
        else:
            passed.append(check.code)
    return Judgement(tuple(findings), tuple(passed), tuple(unknowns), questions, evidence, frozenset(undecided),
                     {check.code: check.needs for check in checks})


def _run(check: Check, evidence: Evidence) -> tuple[Finding, ...] | Unknown | Irrelevant | Unasked:
    """One check's findings; empty when it passed. A check that crashes is something that was not seen, not a pass."""
    try:
        result = evidence.call(check.function, check.needs)
        if isinstance(result, (Unknown, Irrelevant, Unasked)):
            return result
        problems = () if result is None else (result,) if isinstance(result, Problem) else tuple(result)  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - whatever a check trips over must not cost the user the other findings
        return Unknown(
            f"check {check.code} ({check.slug})", "crashed", f"{type(error).__name__}: {error}",
            "this is a defect of kubectl svcdoctor: please report it with a recording (--record FILE)",
        )
    return tuple(Finding(check.code, check.slug, check.hop, check.symptom, problem) for problem in problems)
