"""The liveness probe makes the kubelet kill a container, again and again.

Why it breaks:
A liveness probe that fails failureThreshold times in a row has the container killed, whether the application
was dead or merely slow. Each kill loses the requests in flight, makes the Pod not ready, and puts its load on
the others, which then answer late as well.

How to fix:
Raise timeoutSeconds and failureThreshold, add a startupProbe for a slow start, and let the liveness probe ask
nothing but the process itself: what it depends on belongs into the readiness probe.

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
from kubectl_svcdoctor.graph.trouble import LivenessKill
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.workload import Probe


@defect("POD107", "pod-liveness-kills")
def liveness_probe_kills(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(LivenessKill):
        first = group.first
        probe = first.container.liveness_probe or Probe()
        limits = f"timeoutSeconds {probe.timeout_seconds}, failureThreshold {probe.failure_threshold}, periodSeconds {probe.period_seconds}"
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec", "containers"),
            summary=f"liveness probe {asked(probe)} has container {first.container.name} killed in {group.count}, "
                    f"{first.status.restart_count} times so far",
            evidence=group.evidence(first.message, limits),
            fix=_fix(group, probe),
        )


def _fix(group: Affected[LivenessKill], probe: Probe) -> Fix:
    container = group.first.container
    template = group.templated(container)
    summary = f"let the liveness probe of container {container.name} wait longer before it kills"
    if template and template.liveness_probe:
        path = f"{group.place(container)}/livenessProbe"
        fix = group.mended(summary, [
            {"op": "add", "path": f"{path}/timeoutSeconds", "value": max(5, probe.timeout_seconds * 2)},
            {"op": "add", "path": f"{path}/failureThreshold", "value": max(6, probe.failure_threshold * 2)},
        ])
        if fix:
            return fix
    return Fix(f"{summary}; what it answered late to stands in its log",
               (group.kubectl(f"logs {group.first.pod.name} -c {container.name} --previous --tail=50"),))
