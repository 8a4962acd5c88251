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
from dataclasses import replace

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, ending, names
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import InitStuck
from kubectl_svcdoctor.graph.pods.waiting import Awaited, MissingPort
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Fix, Problem, patching
from kubectl_svcdoctor.model.service import Service


@defect("POD110", "pod-init-stuck")
def init_container_stuck(service: Service, readiness: Readiness, now: Now, awaited: Awaited | None = None) -> Iterator[Problem]:
    for whole in readiness.affected(InitStuck):
        group, beside = _together(whole)
        first = group.first
        whom, missing = _awaited(group, service, awaited)
        yield group.problem(
            field=("spec", "template", "spec", "initContainers"),
            summary=f"init container {first.container.name} {_state(group, whom, now)}",
            evidence=group.evidence(
                "the application starts only after it", first.message,
                f"its command calls {', '.join(dict.fromkeys(map(str, first.asked)))}" if first.asked else "",
                missing.sentence if missing else "", f"restarted {first.status.restart_count} times" if first.status.restart_count else "", *beside,
            ),
            fix=_fix(group, service, missing, whom), awaits=awaited.of(group) if awaited else (),
        )


def _together(group: Affected[InitStuck]) -> tuple[Affected[InitStuck], list[str]]:
    """The Pods that are held by the same init container as the one that has come least far, and facts on the others."""
    def place(entry: InitStuck) -> int:
        return [container.name for container in entry.pod.spec.init_containers].index(entry.container.name)

    name = min(group.troubles, key=place).container.name
    others = [entry for entry in group.troubles if entry.container.name != name]
    return (replace(group, troubles=tuple(entry for entry in group.troubles if entry not in others)),
            [f"Pod {entry.pod.name} is held by init container {entry.container.name}" for entry in others[:3]])


def _awaited(group: Affected[InitStuck], service: Service, awaited: Awaited | None) -> tuple[str, MissingPort | None]:
    """Whom it calls, for a sentence, and the port that is missing there. That it waits for that one is certain where there is no other."""
    if group.first.circular:
        return f"Service {service.name}, which {'it backs' if len(group.pods) == 1 else 'they back'}", None
    missing = awaited.missing_port(group) if awaited else None
    waits = [wait.service.name for wait in awaited.of(group)] if awaited else []
    before = f"{'one of Services ' if waits[1:] else 'Service '}{names(waits)}" if waits else ""
    port = f"port {missing.number} of Service {missing.service.name}, which has only {missing.ports}" if missing else ""
    return ", or for ".join(filter(None, (before, port))), missing


def _state(group: Affected[InitStuck], whom: str, now: Now) -> str:
    """What it does, in how many Pods, and whom it calls."""
    first = group.first
    running = first.status.state.running
    if running and first.end is None:
        time = duration(now.seconds_since(running.started_at))
        return f"has been waiting {time} in {group.count} for {whom}" if whom else f"has been running for {time} in {group.count}"
    if first.end is None:
        return f"does not start in {group.count}"
    return f"fails ({ending(first.end)}) in {group.count}{f'; it calls {whom}' if whom else ''}"


def _fix(group: Affected[InitStuck], service: Service, missing: MissingPort | None, whom: str) -> Fix:
    first = group.first
    log = group.log(first.container)
    if missing:
        known = kubectl("get", missing.service, "-o", "yaml", namespace=missing.service.namespace)
        return Fix(f"correct the port that init container {first.container.name} calls in {group.owner}, or add port {missing.number} to Service "
                   f"{missing.service.name} if its Pods serve that", (group.manifest, known))
    if not first.circular:
        return Fix(f"find out from the log of init container {first.container.name} what it waits for or why it fails"
                   f"{f', and whether {whom} answers' if whom else ''}", (log,))
    if service.headless:
        fix = patching(f"let Service {service.name} publish Pods that are not ready yet, so that its name resolves while they start", service,
                       {"spec": {"publishNotReadyAddresses": True}})
        return Fix(fix.summary, fix.commands)
    return Fix(f"remove the wait from init container {first.container.name} in {group.owner}: its own Pod has to be ready first", (group.manifest,))
