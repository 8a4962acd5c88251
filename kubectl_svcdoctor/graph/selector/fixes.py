"""What to say of a near miss, and the two ways to fix it: another selector, or other labels on the workload's template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.candidates import Candidate
from kubectl_svcdoctor.graph.selector.variants import NearMiss
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, patching
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Workload

_LEADERS = frozenset(("primary", "master", "leader", "main", "rw"))
_ROLES = _LEADERS | {"replica", "standby", "secondary", "follower", "slave", "sync_standby", "readonly", "ro"}


def reselect(service: Service, selector: Mapping[str, str], summary: str = "") -> Fix:
    """The Service with this selector. `kubectl set selector` replaces the whole of it, so the command names every pair."""
    body = {key: selector.get(key) for key in {**service.selector, **selector} if selector.get(key) != service.selector.get(key)}
    command = kubectl("set", "selector", service, pairs(selector), namespace=service.namespace)
    return patching(summary or f"select {pairs(selector)}", service, {"spec": {"selector": body}}, command)


def relabel(workload: Workload, labels: Mapping[str, str]) -> Fix | None:
    """The template with these labels; None where the workload's own selector, which nobody can change, forbids it."""
    fixed = workload.spec.selector.match_labels
    if any(fixed.get(key, value) != value for key, value in labels.items()):
        return None
    return patching(
        f"give the template of {workload.ref} the labels {pairs(labels)}, which replaces its Pods",
        workload, {"spec": {"template": {"metadata": {"labels": dict(labels)}}}},
    )


def look(service: Service, why: str) -> Fix:
    """No change that would be a guess, but the command that shows what there is."""
    return Fix(why, (kubectl("get", "pods", "--show-labels", namespace=service.namespace),))


def bearers(candidate: Candidate) -> str:
    """`the 3 Pods of deployment/web have`: whoever has the labels, as the subject of a sentence."""
    if not candidate.pods:
        return f"the template of {candidate.ref} has"
    if candidate.ref.kind == "Pod":
        return f"Pod {candidate.ref.name} has"
    number = len(candidate.pods)
    return f"the only Pod of {candidate.ref} has" if number == 1 else f"the {number} Pods of {candidate.ref} have"


def fit(service: Service, miss: NearMiss) -> Fix:
    """The selector that fits the candidate, unless that is a guess among several."""
    if role(miss.candidate):
        why, same = f"find out why no Pod is given {pairs(_asked(miss.candidate))} (the log of what sets it tells)", _renamed(miss.candidate)
        return look(service, f"{why}; if {pairs(same)} is what is meant, as after a change of names, select that" if same
                    else f"{why}, and leave the selector as it is")
    if miss.rivals:
        return look(service, f"decide which is meant, {_either((miss.candidate, *miss.rivals))}, and select its labels")
    return reselect(service, miss.candidate.difference.corrected)


def evidence(miss: NearMiss) -> tuple[str, ...]:
    """How each pair misses, who bears the labels, and what else is near."""
    candidate = miss.candidate
    ready = f"{candidate.ready} of {count(len(candidate.pods))} of {candidate.ref} {'is' if 1 in (candidate.ready, len(candidate.pods)) else 'are'} ready"
    told = [*candidate.difference.sentences, ready if candidate.pods else f"{candidate.ref} has no Pods"]
    told += _carried(candidate) if role(candidate) else ()
    told += [f"{entry.ref} is as near: {pairs(own(entry, candidate))}" for entry in miss.rivals[:2]]
    if candidate.difference.equal and miss.one_away > len(candidate.pods):
        told.append(f"{count(miss.one_away)} of the namespace miss one pair of the selector only")
    return tuple(told)


def _carried(candidate: Candidate) -> Iterator[str]:
    """What the Pods carry of a label that operators set on running Pods."""
    for key, value in _asked(candidate).items():
        found = Counter(pod.labels.get(key) for pod in candidate.pods)
        listed = [f"{given} on {count(number)}" if given is not None else f"none on {count(number)}" for given, number in found.most_common()]
        yield f"label {key} reads as one that operators set on running Pods; no Pod carries {key}={value} now: {names(listed, 3) or 'there is no Pod'}"


def _renamed(candidate: Candidate) -> Mapping[str, str]:
    """What Pods carry that means the same role by another name; empty where nobody carries any."""
    found = {}
    for key, value in _asked(candidate).items():
        alike = _LEADERS if value in _LEADERS else _ROLES - _LEADERS
        carried = {pod.labels.get(key, "") for pod in candidate.pods} & alike - {value}
        if len(carried) == 1:
            found[key] = carried.pop()
    return found


def unfollowed(candidate: Candidate) -> bool:
    """Whether nothing is wrong with an empty selection: there is one instance, which leads, and nothing to follow it."""
    wanted = candidate.workload.wanted if candidate.workload else None
    return role(candidate) == "follower" and len(candidate.pods) == 1 and wanted in (None, 1)


def own(entry: Candidate, beside: Candidate) -> Mapping[str, str]:
    """The labels of one candidate that the selector of another concerns."""
    keys = {*beside.difference.corrected, *entry.difference.corrected}
    return {key: value for key, value in entry.labels.items() if key in keys}


def role(candidate: Candidate) -> str:
    """`leader` or `follower` when all that misses is a role that an operator gives to running Pods; empty otherwise."""
    difference, wanted = candidate.difference, _asked(candidate)
    if difference.keys or difference.swapped or not wanted:
        return ""
    if not all("role" in key.casefold() and value in _ROLES for key, value in wanted.items()):
        return ""
    return "leader" if set(wanted.values()) & _LEADERS else "follower"


def _asked(candidate: Candidate) -> Mapping[str, str]:
    """The pairs of the selector that the candidate does not have."""
    return {key: value for key, (value, _) in candidate.difference.values.items()} | dict(candidate.difference.missing)


def _either(entries: tuple[Candidate, ...]) -> str:
    return " or ".join(str(entry.ref) for entry in entries[:3])
