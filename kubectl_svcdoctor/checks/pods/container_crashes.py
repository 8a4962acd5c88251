"""A container ends, or does not start, again and again.

Why it breaks:
The process of the container exits or cannot be started; the kubelet tries again, with pauses of up to five
minutes. Meanwhile the Pod is not ready and no client is sent to it.

How to fix:
The last words of the container before it ended say why: wrong arguments, a missing file or variable,
something it depends on. Fix that in the owner's template, or go back to the revision that worked (kubectl
rollout undo).

Look yourself:
kubectl logs NAME -c CONTAINER --previous
kubectl get pod NAME -o jsonpath='{.status.containerStatuses[*].lastState}'

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, ending
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import Crash
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.workload import StateTerminated


@defect("POD105", "pod-crashloop")
def container_crashes(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(Crash):
        first = group.first
        restarts = f"restarts: {', '.join(f'{entry.pod.name} {entry.status.restart_count}' for entry in group.troubles[:3])}"
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=f"container {first.container.name} {_verb(group)} in {group.count}{_how(group)}",
            evidence=group.evidence(first.message, restarts, *_beside(group)),
            fix=_fix(group),
        )


def _fix(group: Affected[Crash]) -> Fix:
    """A container that never ran has no log, and what the kubelet lost (ContainerStatusUnknown) has none any more."""
    first = group.first
    if first.end is None or not _ran(first.end):
        return Fix(f"correct what keeps container {first.container.name} from starting in {group.owner}", (group.describe,))
    if first.end.reason == "ContainerStatusUnknown":
        return Fix(f"find out from the Events why container {first.container.name} ended; its log is gone", (group.describe,))
    return Fix(f"find out why it ended from the log of container {first.container.name} before that, and fix it in {group.owner}",
               (group.last_log(first.container, first.status),))


def _ran(end: StateTerminated) -> bool:
    return end.reason not in ("StartError", "ContainerCannotRun")


def _verb(group: Affected[Crash]) -> str:
    end, waiting = group.first.end, group.first.status.state.waiting
    started = _ran(end) if end else waiting is None or waiting.reason == "CrashLoopBackOff"
    return "is crash-looping" if started else "cannot be started"


def _beside(group: Affected[Crash]) -> Iterator[str]:
    """Other containers of these Pods that crash, each once."""
    told = {group.first.container.name}
    for trouble in group.troubles:
        for name, end in ((trouble.container.name, trouble.end), *trouble.beside):
            if name not in told:
                told.add(name)
                yield f"container {name} of Pod {trouble.pod.name} crashes as well{f': {ending(end)}' if end else ''}"


def _how(group: Affected[Crash]) -> str:
    end, waiting = group.first.end, group.first.status.state.waiting
    if end is None:
        return f": {waiting.reason}" if waiting else ""
    return f": {ending(end)}"
