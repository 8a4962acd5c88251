"""Tries a fix on the data: apply its patch as the API server would store it, let the model of the controllers run, judge again.

A fix is verified when its finding is gone and nothing of the same or a higher severity is new. What probes told of the same Pods and ports counts as
data. Where the patch leads to what nobody has read or tried, it stays unproven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from kubectl_svcdoctor.diagnose import diagnose
from kubectl_svcdoctor.graph.fixes.admission import Refused, created, stored
from kubectl_svcdoctor.graph.fixes.patches import apply
from kubectl_svcdoctor.graph.fixes.rollout import rolled_out
from kubectl_svcdoctor.graph.scope import scope
from kubectl_svcdoctor.graph.slices.controllers import expected_slices
from kubectl_svcdoctor.judge import Judgement
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Finding, Fix, Key, Patch, Severity
from kubectl_svcdoctor.model.hops import early
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Changes, Query, Snapshot, Unknown, labels
from kubectl_svcdoctor.model.workload import Pod, Workload

Judge = Callable[[Snapshot], Judgement]
_UNTRIED = Unknown("what would listen and answer after a fix", "not-tried")
# What the model of the controllers follows; that of the scheduler, for one, is not there.
_FOLLOWED = (Service, EndpointSlice, Pod, Workload)


def prove(findings: Iterable[Finding], before: Judgement, judge: Judge) -> tuple[Finding, ...]:
    """The findings of a judgement with their fixes tried. `judge` judges the same subject on another snapshot."""
    return tuple(replace(finding, fix=_tried(finding, before, judge)) for finding in findings)


def _tried(finding: Finding, before: Judgement, judge: Judge) -> Fix | None:
    fix = finding.problem.fix
    if fix is None or fix.patch is None:
        return fix
    services = tuple(before.tree.of_branches(Service))
    try:
        fixed = patched(before.tree.snapshot, fix.patch, services)
    except Refused as refusal:
        return replace(fix, verified=False, remains=f"the API server would refuse this change: {refusal}")
    except (LookupError, ValueError, msgspec.ValidationError) as error:
        return replace(fix, verified=False, remains=f"the patch does not apply to what was read: {error}")
    if fixed is None:
        return fix
    after = _judged(fixed, judge)
    # What is late on the path is no part of the proof; the finding's own check is, whatever it waits for.
    if _unproven(finding.code, before, after) or any(early(waiting.hop) for places in after.questions.values() for waiting in places):
        return fix
    known = _gravest(before.findings)
    settled = bool(services) and all(_settled(fixed, fix.patch, service) for service in services)
    left = diagnose(after.findings, scope(after.tree))
    remains = [other.problem.summary for other in left if other.key == finding.key or _news(other, finding, known, settled)]
    return replace(fix, verified=not remains, remains="; ".join(remains))


def _gravest(findings: Iterable[Finding]) -> dict[Key, int]:
    """The worst rank of each finding, of all branches that have it."""
    ranks: dict[Key, int] = {}
    for finding in findings:
        ranks[finding.key] = min(finding.problem.severity.rank, ranks.get(finding.key, len(Severity)))
    return ranks


def _unproven(code: str, before: Judgement, after: Judgement) -> bool:
    """Whether the check cannot say that all is well now: it waits or lacks something, or it had tried what nobody has tried of the fix."""
    needs = before.needs[code]
    tried = any(part.evidence.tried(needs) for part in before.tree.where(needs))
    return code in after.undecided or (tried and any(_UNTRIED in part.evidence.unknowns(needs) for part in after.tree.where(needs)))


def _judged(snapshot: Snapshot, judge: Judge) -> Judgement:
    """The judgement of what is only imagined: nobody can try it, so checks do without what they can do without."""
    while True:
        after = judge(snapshot)
        probes = [question for question in after.questions if not isinstance(question, Query)]
        if not probes:
            return after
        snapshot = snapshot.replying(dict.fromkeys(probes, _UNTRIED))


def _news(other: Finding, finding: Finding, known: Mapping[Key, int], settled: bool) -> bool:
    """Whether something else is wrong after the fix, as severe as what is fixed, and was not before. What was known and is graver now is news, unless no
    client was served before: it only shows then. A symptom counts where what it shows in is computed: EndpointSlices, and not what DNS servers would
    answer then; what a cause explains counts by its cause."""
    rank, hidden = other.problem.severity.rank, finding.problem.severity is Severity.ERROR and not finding.problem.partial
    before = known.get(other.key, len(Severity))
    if other.role == "consequence" or rank > finding.problem.severity.rank or before <= rank or (hidden and other.key in known):
        return False
    return not other.symptom or (settled and early(other.hop))


def _settled(snapshot: Snapshot, patch: Patch, service: Service) -> bool:
    """Whether the Service's slices are as they would be after the patch: computed, or themselves what is patched."""
    target = snapshot.find(patch.target)
    if not isinstance(target, _FOLLOWED) or isinstance(target, EndpointSlice):
        return isinstance(target, EndpointSlice)
    found = snapshot.answer(Query(Service, service.namespace, service.name))
    after = next((item for item in found if isinstance(item, Service)), None) if isinstance(found, tuple) else None
    return after is not None and bool(after.selector) and isinstance(snapshot.answer(Query(Pod, after.namespace, labels=labels(after.selector))), tuple)


def patched(snapshot: Snapshot, patch: Patch, services: Iterable[Service]) -> Snapshot | None:
    """The snapshot as it would be once the patch was applied and the controllers had reacted; None where that cannot be told. Raises Refused for what the
    API server would not store, and LookupError, ValueError or msgspec.ValidationError for a patch that does not apply."""
    target = snapshot.find(patch.target)
    if target is None:
        return None
    after = apply(patch, target)
    after = created(after) if patch.recreates else stored(target, after)
    changed: dict[ObjectRef, KubernetesObject] = {patch.target: after}
    if isinstance(after, Workload) and isinstance(target, Workload):
        pods = rolled_out(target, after, snapshot.every(Pod, target.namespace))
        if pods is None:
            return None
        changed.update({pod.ref: pod for pod in pods})
    # What a patch of slices leads to is what the patch says, but for those that the controllers write anew.
    then = [service for service in (changed.get(service.ref, service) for service in services) if isinstance(service, Service)]
    return snapshot.imagining(_with_slices(snapshot.imagining(Changes(changed)), changed, then))


def _with_slices(snapshot: Snapshot, changed: Mapping[ObjectRef, KubernetesObject], services: Iterable[Service]) -> Changes:
    """The changes, and the slices that the endpoint slice controller would write then for Services with a selector."""
    gone, written = set[ObjectRef](), list[EndpointSlice]()
    for service in services:
        pods = snapshot.answer(Query(Pod, service.namespace, labels=labels(service.selector)))
        if service.selector and isinstance(pods, tuple):
            slices = (*snapshot.every(EndpointSlice, service.namespace), *(item for item in changed.values() if isinstance(item, EndpointSlice)))
            gone |= {item.ref for item in slices if _replaced(item, service)}
            written += expected_slices(service, SelectedPods(pods))  # type: ignore[arg-type]
    kept = {ref: item for ref, item in changed.items() if ref not in gone}
    return Changes(kept, frozenset(gone), tuple(written))


def _replaced(item: EndpointSlice, service: Service) -> bool:
    return item.by_controller and item.labels.get(SERVICE_NAME) == service.name and item.namespace == service.namespace
