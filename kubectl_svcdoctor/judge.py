"""Runs checks on what is known; the only place that meets Unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from kubectl_svcdoctor.checks import Check
from kubectl_svcdoctor.graph.evidence import Evidence, Unasked
from kubectl_svcdoctor.graph.provide import Need
from kubectl_svcdoctor.graph.tree import Part, Tree, kind_of
from kubectl_svcdoctor.model.finding import Finding, Problem
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown

Result = tuple[Problem, ...] | Unknown | Irrelevant | Unasked
Place = str | None  # the id of a branch, None for the trunk


@dataclass(frozen=True, slots=True)
class Waiting:
    """A hop of a branch, or of the trunk, whose check waits for an answer."""

    hop: str
    branch: Place


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all checks said of all parts of one examination.

    `findings` are those of each part, so that one may stand there several times; `passed` holds codes; `unknowns` what some check had to do without, each
    once, with where; `questions` what has to be asked before the rest can be judged, each with the hops whose checks wait for it; `undecided` the codes of
    checks that wait, or had to do without; `needs` what each check takes, by code.
    """

    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    unknowns: Mapping[Unknown, frozenset[Place]]
    questions: Mapping[object, frozenset[Waiting]]
    tree: Tree
    undecided: frozenset[str] = frozenset()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)

    @property
    def replied(self) -> frozenset[object]:
        """The probes whose replies told something."""
        return frozenset().union(*(part.evidence.replied for part in self.tree.parts))

    def unseen(self, places: Iterable[Place]) -> tuple[Unknown, ...]:
        """What checks had to do without in any of these branches, or at the trunk."""
        wanted = frozenset(places)
        return tuple(unknown for unknown, where in self.unknowns.items() if where & wanted)


def judge(checks: Sequence[Check], tree: Tree) -> Judgement:
    """Judge every part of an examination on everything that is known there."""
    findings: list[Finding] = []
    passed: set[str] = set()
    unknowns: dict[Unknown, frozenset[Place]] = {}
    questions: dict[object, frozenset[Waiting]] = {}
    undecided: set[str] = set()
    plan = _plan(tuple(checks))
    for kind, planned in plan.checks:
        for part in tree.parts_of(kind):
            evidence, place = part.evidence, part.branch.id if part.branch else None
            for check, required in planned:
                result: Result | None = evidence.results.get(check.code)
                if result is None:
                    result = evidence.results[check.code] = evidence.excluded(required) or _run(check, evidence)
                if isinstance(result, Irrelevant):
                    continue
                if isinstance(result, Unasked):
                    undecided.add(check.code)
                    waiting = frozenset({Waiting(check.hop, place)})
                    questions.update({question: questions.get(question, frozenset()) | waiting for question in result.questions})
                    continue
                for unknown in (*evidence.unknowns(check.needs), *([result] if isinstance(result, Unknown) else ())):
                    unknowns[unknown] = unknowns.get(unknown, frozenset()) | {place}
                if isinstance(result, Unknown):
                    undecided.add(check.code)
                elif result:
                    findings += (_finding(check, problem, part) for problem in result)
                else:
                    passed.add(check.code)
    passed -= {finding.code for finding in findings}
    return Judgement(tuple(findings), tuple(sorted(passed)), unknowns, questions, tree, frozenset(undecided), plan.needs)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The checks by the kind of parts that they belong to, each with what it cannot do without."""

    checks: tuple[tuple[tuple[bool, bool], tuple[tuple[Check, tuple[type, ...]], ...]], ...]
    needs: Mapping[str, tuple[Need, ...]]


@cache
def _plan(checks: tuple[Check, ...]) -> _Plan:
    planned: dict[tuple[bool, bool], list[tuple[Check, tuple[type, ...]]]] = {}
    for check in checks:
        planned.setdefault(kind_of(check.needs), []).append((check, tuple(need.kind for need in check.needs if not (need.optional or need.absence))))
    return _Plan(tuple((kind, tuple(entries)) for kind, entries in planned.items()), {check.code: check.needs for check in checks})


def _finding(check: Check, problem: Problem, part: Part) -> Finding:
    return Finding(check.code, check.slug, check.hop, check.symptom, problem, branches=frozenset({part.branch.id}) if part.branch else None)


def _run(check: Check, evidence: Evidence) -> Result:
    """One check's problems; empty when it passed. A check that crashes is something that was not seen, not a pass."""
    try:
        result = evidence.call(check.function, check.needs)
        if isinstance(result, (Unknown, Irrelevant, Unasked)):
            return result
        return () if result is None else (result,) if isinstance(result, Problem) else tuple(result)  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - whatever a check trips over must not cost the user the other findings
        return Unknown(
            f"check {check.code} ({check.slug})", "crashed", f"{type(error).__name__}: {error}",
            "this is a defect of kubectl svcdoctor: please report it with a recording (--record FILE)",
        )
