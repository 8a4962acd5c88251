"""The one explanation for a selector that picks no Pod which serves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from kubectl_svcdoctor.graph.pods.pod_trouble import holds_place
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.candidates import Candidate, Candidates
from kubectl_svcdoctor.graph.selector.makers import makers, passed_over, rivals, trouble
from kubectl_svcdoctor.graph.selector.reads import CreationWarnings, Rollouts, searching
from kubectl_svcdoctor.graph.selector.variants import (
    CannotCreate,
    ExtraLabel,
    HalfRolledOut,
    KeyDiffers,
    LabelsOnlyOnWorkload,
    OnlyFinished,
    RolloutUnderWay,
    ScaledToZero,
    ValueDiffers,
    WorkloadMissing,
    WrongColour,
    WrongNamespace,
)
from kubectl_svcdoctor.model.evidence import Deployments, Now, PodsElsewhere, SelectedPods
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Absent, Irrelevant
from kubectl_svcdoctor.model.workload import Pod

Explanation = (
    ValueDiffers | KeyDiffers | ExtraLabel | LabelsOnlyOnWorkload | WrongColour | HalfRolledOut | ScaledToZero | CannotCreate | OnlyFinished
    | WrongNamespace | WorkloadMissing | RolloutUnderWay | Irrelevant
)

PARKED = {
    "kubevirt.io/": "virtualmachines", "vm.kubevirt.io/": "virtualmachines", "serving.knative.dev/": "revisions.serving.knative.dev",
}
"""Selector keys of what may rest without Pods on purpose, and the kind of object that would make them."""


@derives
def explanation(
    service: Service, pods: SelectedPods, now: Now, found: Candidates | None = None, elsewhere: PodsElsewhere | None = None,
    events: CreationWarnings | None = None, deployments: Deployments | None = None, rollouts: Rollouts | Absent | None = None,
) -> Explanation:
    """The first that holds: a workload with these labels and why it has no Pod, finished Pods, labels in the wrong place, a near miss here, the
    very Pods in another namespace, nothing. Where something decisive was withheld, nothing is claimed but that no Pod is picked."""
    if any(holds_place(pod, now) for pod in pods):
        return Irrelevant("a Pod that has finished and is still there holds the place of the next one")
    if any(not pod.finished for pod in pods):
        return passed_over(service, pods, deployments or ())
    if found is None:
        return WorkloadMissing((), ("Pods",), None, "")
    if found.unseen:
        return _missing(service, found, found.unseen)
    if makers(service, found):
        return trouble(service, found, now, events or ())
    if pods:
        return _finished(service, pods, found)
    if found.labelled:
        return LabelsOnlyOnWorkload(found.labelled[0])
    if not searching(found):
        return _near(found)
    if rollouts is None:
        return _missing(service, found, ("Rollouts",))
    making = () if isinstance(rollouts, Absent) else tuple(entry for entry in rollouts if entry.makes(service.selector))
    if making:
        return replace(_missing(service, found, ()), rollout=making[0])
    if elsewhere is None:
        return _missing(service, found, ("Pods of other namespaces",))
    namespaces = _living(elsewhere)
    if namespaces:
        return WrongNamespace(namespaces)
    return _near(found) if found.near else _missing(service, found, ())


def _finished(service: Service, pods: SelectedPods, found: Candidates) -> OnlyFinished | Irrelevant:
    """Pods of an indexed Job have names by a headless Service, which outlives them by design."""
    job = all(pod.metadata.controller is not None and pod.metadata.controller.kind == "Job" for pod in pods)
    if service.headless and job and all(pod.status.phase == "Succeeded" for pod in pods):
        return Irrelevant("a Job has finished, and the Service gave names to its Pods")
    living = [entry for entry in found.near if entry.pods]
    return OnlyFinished(tuple(pods), living[0] if living else None)


def _near(found: Candidates) -> ValueDiffers | KeyDiffers | ExtraLabel | WrongColour:
    best = next((entry for entry in found.near if entry.pods), found.near[0])
    same = rivals(best, found.near)
    if best.difference.colour and best.ready:
        return WrongColour(best, best.difference.colour, None, same)
    besides = tuple(
        entry for entry in (*found.near, *found.others) if entry is not best and best.difference.corrected.items() <= entry.labels.items()
    )
    if set(best.difference.values) - set(best.difference.revision):
        return ValueDiffers(best, same, besides, found.one_away)
    if best.difference.keys or best.difference.swapped:
        return KeyDiffers(best, same, besides, found.one_away)
    return ExtraLabel(best, same, besides, found.one_away)


def _living(pods: tuple[Pod, ...]) -> dict[str, tuple[Pod, ...]]:
    groups: dict[str, list[Pod]] = defaultdict(list)
    for pod in sorted(pods, key=lambda pod: (pod.namespace, pod.name)):
        if not pod.finished and not pod.terminating:
            groups[pod.namespace].append(pod)
    return {namespace: tuple(group) for namespace, group in groups.items()}


def _missing(service: Service, found: Candidates, unseen: tuple[str, ...]) -> WorkloadMissing:
    nearest: tuple[Candidate, ...] = () if found.unseen else (*found.near, *found.others)[:2]
    parked = next((name for key in service.selector for mark, name in PARKED.items() if key.startswith(mark)), "")
    owner = service.metadata.controller or next(iter(service.metadata.owner_references), None)
    return WorkloadMissing(nearest, unseen, owner, parked)
