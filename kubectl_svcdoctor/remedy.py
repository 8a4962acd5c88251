"""Tries a fix on the data: apply its patch, let the model of the controllers run, judge again.

A fix is proven when its finding is gone and no new one came. Where the patch leads to data that nobody has read, it stays unproven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from kubectl_svcdoctor.graph.controllers import expected_slices
from kubectl_svcdoctor.graph.patches import apply
from kubectl_svcdoctor.graph.rollout import rolled_out
from kubectl_svcdoctor.judge import Judgement
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Finding, Fix, Patch, Severity
from kubectl_svcdoctor.model.hops import LATE
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Snapshot, Unknown, labels
from kubectl_svcdoctor.model.workload import Pod, Workload

Judge = Callable[[Snapshot], Judgement]


def prove(findings: Iterable[Finding], service: Service | None, snapshot: Snapshot, judge: Judge) -> tuple[Finding, ...]:
    """The findings with their fixes tried. `judge` judges the same subject on another snapshot."""
    found = tuple(findings)
    known = {(finding.code, finding.problem.port) for finding in found}
    return tuple(replace(finding, fix=_tried(finding, known, service, snapshot, judge)) for finding in found)


def _tried(
    finding: Finding, known: set[tuple[str, str]], service: Service | None, snapshot: Snapshot, judge: Judge
) -> Fix | None:
    fix = finding.problem.fix
    if fix is None or fix.patch is None:
        return fix
    try:
        mended = patched(snapshot, fix.patch, service)
    except (LookupError, ValueError, msgspec.ValidationError) as error:
        return replace(fix, verified=False, remains=f"the patch does not apply to what was read: {error}")
    if mended is None:
        return fix
    after = judge(mended)
    if any(isinstance(question, Query) and hops - LATE for question, hops in after.questions.items()):
        return fix  # what is late on the path, and probes cannot be asked of a cluster that is only imagined, and are not needed for a proof on the data
    left = [left for left in after.findings if left.problem.severity is not Severity.INFO]
    same = [other for other in left if other.key == finding.key]
    # A symptom is no news by itself: Pods that a fix lets come have no address in the same moment.
    new = [other for other in left if (other.code, other.problem.port) not in known and not other.symptom]
    remains = [other.problem.summary for other in (*same, *new)]
    return replace(fix, verified=not remains, remains="; ".join(remains))


def patched(snapshot: Snapshot, patch: Patch, service: Service | None) -> Snapshot | None:
    """The snapshot as it would be once the patch was applied and the controllers had reacted; None where that cannot be told."""
    pool = {item.ref: item for answer in snapshot.answers.values() if not isinstance(answer, Unknown) for item in answer}
    target = pool.get(patch.target)
    if target is None:
        return None
    changed = apply(patch, target)
    pool[patch.target] = changed
    if isinstance(changed, Workload) and isinstance(target, Workload):
        pods = rolled_out(target, changed, [item for item in pool.values() if isinstance(item, Pod)])
        if pods is None:
            return None
        pool.update({pod.ref: pod for pod in pods})
    answers = _answers(snapshot, pool.values())
    after = pool.get(service.ref) if service else None
    if isinstance(after, Service):
        answers = _with_slices(snapshot.having(answers), answers, after, pool.values())
    return snapshot.having(answers)


def _answers(snapshot: Snapshot, pool: Iterable[KubernetesObject]) -> dict[Query[Any], Any]:
    """Each question answered again out of the changed objects; what could not be looked at stays so."""
    objects = tuple(pool)
    return {
        query: answer if isinstance(answer, Unknown) else tuple(item for item in objects if query.admits(item))
        for query, answer in snapshot.answers.items()
    }


def _with_slices(
    snapshot: Snapshot, answers: Mapping[Query[Any], Any], service: Service, pool: Iterable[KubernetesObject]
) -> dict[Query[Any], Any]:
    """The answers with the slices that the endpoint slice controller would write for a Service with a selector."""
    pods = snapshot.answer(Query(Pod, service.namespace, labels=labels(service.selector)))
    if not service.selector or pods is None or isinstance(pods, Unknown):
        return dict(answers)
    written = expected_slices(service, SelectedPods(pods))  # type: ignore[arg-type]
    kept = [item for item in pool if not (isinstance(item, EndpointSlice) and _replaced(item, service))]
    objects = (*kept, *written)
    return {
        query: tuple(item for item in objects if query.admits(item))
        if query.kind is EndpointSlice and not isinstance(answer, Unknown) else answer
        for query, answer in answers.items()
    }


def _replaced(item: EndpointSlice, service: Service) -> bool:
    return item.by_controller and item.labels.get(SERVICE_NAME) == service.name and item.namespace == service.namespace
