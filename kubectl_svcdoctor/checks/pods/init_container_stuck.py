"""An init container fails or waits, so that the application is never started.

Why it breaks:
Init containers run one after the other before the application; until the last has ended well, nothing listens
and the Pod is not ready. One that waits for the very Service that its own Pod backs waits for ever: the Service
gets an endpoint only afterwards.

How to fix:
Fix what the init container does, or what it waits for: a Service that it calls is examined too. Break a circle by
removing the wait; for peers that must find one another, use a headless Service with publishNotReadyAddresses.

Look yourself:
kubectl logs NAME -c INIT-CONTAINER
kubectl get pod NAME -o jsonpath='{.status.initContainerStatuses}'

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-init-containers/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import Affected, ending
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.selection.words import duration
from kubectl_svcdoctor.graph.trouble import InitStuck
from kubectl_svcdoctor.graph.waiting import Awaited
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Fix, Problem, patching
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service


@defect("POD110", "pod-init-stuck")
def init_container_stuck(service: Service, readiness: Readiness, now: Now, awaited: Awaited | None = None) -> Iterator[Problem]:
    for group in readiness.affected(InitStuck):
        first = group.first
        refs = awaited.of(group) if awaited else ()
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec", "initContainers"),
            summary=f"init container {first.container.name} {_state(group, service, refs, now)}",
            evidence=group.evidence(
                "the application starts only after it", first.message,
                f"its command calls {', '.join(first.asked)}" if first.asked else "",
                f"restarted {first.status.restart_count} times" if first.status.restart_count else "",
            ),
            fix=_fix(group, service, refs), awaits=refs,
        )


def _state(group: Affected[InitStuck], service: Service, refs: tuple[ObjectRef, ...], now: Now) -> str:
    """What it does, in how many Pods, and whom it calls: that it waits for that one is certain where there is no other."""
    first = group.first
    running = first.status.state.running
    whom = (f"Service {service.name}, which {'it backs' if len(group.pods) == 1 else 'they back'}" if first.circular
            else " and ".join(f"Service {ref.name}" for ref in refs))
    if running and first.end is None:
        time = duration(now.seconds_since(running.started_at))
        return f"has been waiting {time} in {group.count} for {whom}" if whom else f"has been running for {time} in {group.count}"
    if first.end is None:
        return f"does not start in {group.count}"
    return f"fails ({ending(first.end)}) in {group.count}{f'; it calls {whom}' if whom else ''}"


def _fix(group: Affected[InitStuck], service: Service, refs: tuple[ObjectRef, ...]) -> Fix:
    first = group.first
    log = group.log(first.container)
    if not first.circular:
        calls = f", and whether {' and '.join(f'Service {ref.name}' for ref in refs)} answers" if refs else ""
        return Fix(f"find out from the log of init container {first.container.name} what it waits for or why it fails{calls}", (log,))
    if service.headless:
        fix = patching(f"let Service {service.name} publish Pods that are not ready yet, so that its name resolves while they start", service,
                       {"spec": {"publishNotReadyAddresses": True}})
        return Fix(fix.summary, fix.commands)
    return Fix(f"remove the wait from init container {first.container.name} in {group.owner}: its own Pod has to be ready first", (group.manifest,))
