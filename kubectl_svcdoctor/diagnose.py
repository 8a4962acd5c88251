"""Causes, consequences, ranking and verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kubectl_svcdoctor.model.finding import Finding, Key, Problem, Severity
from kubectl_svcdoctor.model.hops import depth
from kubectl_svcdoctor.model.report import Verdict
from kubectl_svcdoctor.model.scope import Scope
from kubectl_svcdoctor.model.snapshot import Unknown


def diagnose(findings: Iterable[Finding], scope: Scope) -> tuple[Finding, ...]:
    """The findings of all branches with their roles, each once: causes first, the most urgent on top; each symptom that a cause explains hangs under it.

    A symptom is explained by a finding at an earlier hop that is as severe and whose scope covers it; any finding by one that names it, of the same
    port and workload, in the same branch; and what waits for another Service by what leaves that one's clients without service.
    """
    every = list(findings)
    ranked = sorted(_merged(_relevant(every, scope)), key=_urgency)
    direct = {finding.key: cause.key for finding in ranked if (cause := _cause_of(finding, ranked, scope))}
    carried = _carrying(direct, {finding.key: finding for finding in ranked}, scope)
    roots = {key: _root(key, carried) for key in carried}
    result = []
    for finding in ranked:
        root = roots.get(finding.key)
        codes = dict.fromkeys(other.code for other in ranked if roots.get(other.key) == finding.key)
        result.append(replace(finding, role="consequence" if root else "cause", explains=tuple(codes), cause=root))
    ours = set(scope.serving)
    shown = (finding for finding in result if finding.branches is None or finding.branches & ours or finding.role == "consequence"
             or finding.problem.severity is Severity.ERROR)
    return tuple(sorted(shown, key=lambda finding: finding.role == "consequence"))


def _relevant(findings: Sequence[Finding], scope: Scope) -> list[Finding]:
    """Without what is wrong with Services that Pods wait for, where those give them what they wait for nevertheless."""
    stopping = {branch for finding in findings for branch in _stopping(finding, findings, scope)}
    return [finding for finding in findings if finding.branches is None or finding.branches & {*scope.serving, *stopping}]


def _stopping(finding: Finding, findings: Sequence[Finding], scope: Scope) -> list[str]:
    """The branches of those Services that it waits for and that give it nothing, in the order in which it waits."""
    return [branch for wait in finding.problem.awaits
            if (branch := scope.followed.get(wait.service)) is not None and scope.withheld(findings, branch, wait.name_alone)]


def _merged(findings: Iterable[Finding]) -> Iterable[Finding]:
    """What was found in several branches, once, as it is where it is gravest."""
    merged: dict[Key, Finding] = {}
    for finding in findings:
        known = merged.get(finding.key)
        if known is None:
            merged[finding.key] = finding
            continue
        gravest, mildest = min(known, finding, key=_weight), max(known, finding, key=_weight)
        both = None if known.branches is None or finding.branches is None else known.branches | finding.branches
        # What is the only Pod of one Service is one of several of another: the milder sentence is true of both.
        merged[finding.key] = replace(gravest, branches=both, problem=replace(gravest.problem, summary=mildest.problem.summary))
    return merged.values()


def _weight(finding: Finding) -> tuple[int, bool]:
    return finding.problem.severity.rank, finding.problem.partial


def lowered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, with less claimed where another one contradicts them: some clients are served all the same."""
    wrong = {key: finding.code for finding in findings for key in finding.problem.contradicts}
    return tuple(
        replace(finding, problem=replace(finding.problem, partial=True, evidence=(
            *finding.problem.evidence, f"{wrong[finding.key]} contradicts it: not all clients fail")))
        if finding.key in wrong else finding for finding in findings
    )


def _urgency(finding: Finding) -> tuple[int, bool, int, int, str, str]:
    """The gravest first, then what comes first on the path, then what keeps the most Pods from serving."""
    problem = finding.problem
    return (problem.severity.rank, problem.partial, depth(finding.hop), -len(problem.out), finding.code,
            str(problem.ref) + problem.port + problem.node + problem.family)


def _cause_of(finding: Finding, others: Sequence[Finding], scope: Scope) -> Finding | None:
    """The finding that explains this one, or None for what stands by itself."""
    beneath = _awaited(finding, others, scope)
    if beneath is not None:
        return beneath
    near = [other for other in others if other.key != finding.key and scope.joins(other, finding)]
    named = next((other for other in near if finding.slug in other.problem.explains), None)
    if named is not None or not finding.symptom:
        return named
    for other in near:
        if other.slug in finding.problem.explains or not scope.explains(other, finding):
            continue
        deeper = depth(other.hop) < depth(finding.hop) or (depth(other.hop) == depth(finding.hop) and not other.symptom)
        if deeper and _as_severe(other.problem, finding.problem):
            return other
    return None


def _carrying(direct: Mapping[Key, Key], known: Mapping[Key, Finding], scope: Scope) -> Mapping[Key, Key]:
    """The links without those by name to a finding that is itself explained by something which is not beneath what is explained: a closed port explains why
    its Service's address gives no answer, and not what the node does with the address of another one."""
    def carries(key: Key, cause: Key) -> bool:
        root = _root(cause, direct) if cause in direct else None
        if root is None or root == key:
            return True
        finding, deepest = known[key], known[root]
        return finding.slug not in known[cause].problem.explains or finding.slug in deepest.problem.explains or scope.covers(deepest, finding)

    return {key: cause for key, cause in direct.items() if carries(key, cause)}


def _awaited(finding: Finding, others: Sequence[Finding], scope: Scope) -> Finding | None:
    """The cause in the first Service that this finding waits for and that gives it nothing, since commands run in order."""
    for branch in _stopping(finding, others, scope):
        severe = [other for other in others if other.key != finding.key and other.branches and branch in other.branches
                  and other.problem.severity is Severity.ERROR]
        if severe:
            return severe[0]
    return None


def _as_severe(cause: Problem, other: Problem) -> bool:
    """Capacity that is gone explains no failure: what clients cannot do has a cause that is as severe. A remark explains nothing."""
    ranks = (cause.severity.rank, cause.partial), (other.severity.rank, other.partial)
    return cause.severity is not Severity.INFO and ranks[0] <= ranks[1]


def _root(key: Key, direct: Mapping[Key, Key]) -> Key | None:
    """The cause at the end of a chain; None for the first of several findings that name each other."""
    seen = [key]
    while seen[-1] in direct:
        if direct[seen[-1]] in seen:
            first = min(seen[seen.index(direct[seen[-1]]):])
            return None if first == key else first
        seen.append(direct[seen[-1]])
    return seen[-1]


def verdict(findings: Sequence[Finding], unknowns: Iterable[Unknown], scope: Scope) -> Verdict:
    """broken: no client gets service, of whatever branch. degraded: some requests, branches, ports, nodes or clients fail. A finding beats an unknown.

    The findings are those of the judgement, before what several branches have in common is told once.
    """
    ours = set(scope.serving)
    severe = [finding for finding in findings
              if finding.problem.severity is not Severity.INFO and (finding.branches is None or finding.branches & ours)]
    if scope.broken(severe):
        return "broken"
    if severe:
        return "degraded"
    return "unknown" if any(unknown.withheld for unknown in unknowns) else "healthy"
