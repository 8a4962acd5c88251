"""The startup probe of a container never succeeds.

Why it breaks:
Until the startup probe has succeeded once, the kubelet asks no readiness probe, and the Pod cannot become
ready. When the time of the startup probe (initialDelaySeconds + failureThreshold × periodSeconds) is over,
the container is killed and starts from the beginning.

How to fix:
Give the start more time (failureThreshold, periodSeconds), or mend what keeps the application from starting:
its log says what.

Look yourself:
kubectl describe pod NAME
kubectl logs NAME -c CONTAINER --previous

Reference:
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import Affected, asked
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.surroundings import budget
from kubectl_svcdoctor.graph.trouble import StartupFails
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.workload import Probe


@defect("POD103", "pod-startup-probe-never")
def startup_probe_never_succeeds(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(StartupFails):
        container, status = group.first.container, group.first.status
        probe = container.startup_probe or Probe()
        restarts = f"container {container.name} was restarted {status.restart_count} times" if status.restart_count else ""
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec", "containers"),
            summary=f"startup probe {asked(probe)} of container {container.name} does not succeed within {budget(probe):.0f} s in {group.count}",
            evidence=group.evidence(group.first.message, restarts),
            fix=_fix(group, probe),
        )


def _fix(group: Affected[StartupFails], probe: Probe) -> Fix:
    container = group.first.container
    log = group.kubectl(f"logs {group.first.pod.name} -c {container.name} --tail=50")
    place = group.place(container)
    template = group.templated(container)
    if place and template and template.startup_probe:
        body = [{"op": "add", "path": f"{place}/startupProbe/failureThreshold", "value": probe.failure_threshold * 3}]
        fix = group.mended(f"give container {container.name} three times as long to start; if it never does, its log says why", body)
        if fix:
            return Fix(fix.summary, (*fix.commands, log), fix.patch)
    return Fix(f"find out from its log why container {container.name} does not start, or raise startupProbe.failureThreshold", (log,))
