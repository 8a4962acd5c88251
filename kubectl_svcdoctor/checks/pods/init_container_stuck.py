"""An init container fails or waits, so that the application is never started.

Why it breaks:
Init containers run one after the other before the application; until the last has ended well, nothing listens
and the Pod is not ready. One that waits for the very Service that its own Pod stands behind waits for ever:
the Service gets an endpoint only afterwards.

How to fix:
Mend what the init container does or waits for. Break a circle by leaving out the wait; for peers that must
find one another, use a headless Service with publishNotReadyAddresses.

Look yourself:
kubectl logs NAME -c INIT-CONTAINER
kubectl get pod NAME -o jsonpath='{.status.initContainerStatuses}'

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-init-containers/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import Affected, clip, ending
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.trouble import InitStuck
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service


@defect("POD110", "pod-init-stuck")
def init_container_stuck(service: Service, readiness: Readiness, now: Now) -> Iterator[Problem]:
    for group in readiness.affected(InitStuck):
        first = group.first
        command = " ".join((*first.container.command, *first.container.args))
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec", "initContainers"),
            summary=f"init container {first.container.name} {_state(group, service, now)} in {group.count}, so the application does not start",
            evidence=group.evidence(
                first.message, f"its command: {clip(command, 120)}" if first.circular else "",
                f"restarted {first.status.restart_count} times" if first.status.restart_count else "",
            ),
            fix=_fix(group, service),
        )


def _state(group: Affected[InitStuck], service: Service, now: Now) -> str:
    first = group.first
    running = first.status.state.running
    for_whom = f" for service {service.name} itself" if first.circular else ""
    if running and first.end is None:
        return f"waits{for_whom} since {now.seconds_since(running.started_at) / 60:.0f} min"
    if first.end is None:
        return "does not start"
    return f"fails{' waiting' + for_whom if for_whom else ''} ({ending(first.end)})"


def _fix(group: Affected[InitStuck], service: Service) -> Fix:
    first = group.first
    log = group.kubectl(f"logs {first.pod.name} -c {first.container.name} --tail=50")
    if not first.circular:
        return Fix(f"the log of init container {first.container.name} says what it waits for or why it fails", (log,))
    if service.headless:
        body = '{"spec":{"publishNotReadyAddresses":true}}'
        return Fix(f"let service {service.name} publish Pods that are not ready yet, so that the name resolves while they start",
                   (group.kubectl(f"patch service/{service.name} --type=merge -p '{body}'"),))
    return Fix(f"leave out the wait of init container {first.container.name}: its own Pod has to be ready first",
               (group.kubectl(f"edit {group.owner}"),))
