"""The liveness probe makes the kubelet kill a container, again and again.

Why it breaks:
A liveness probe that fails failureThreshold times in a row has the container killed, whether the application is
dead, slow, still starting, or asked at a port where it does not listen. Each kill loses the requests in flight,
makes the Pod not ready, and puts its load on the others, which then answer late as well.

How to fix:
Where the probe is refused, let it ask the port that the application listens on. Where it is refused at the start
only, add a startupProbe: until that succeeds, the liveness probe is not asked. Where the answer comes late, raise
timeoutSeconds and failureThreshold. Let it ask nothing but the process itself: what that depends on belongs into
the readiness probe.

Look yourself:
kubectl describe pod NAME
kubectl logs NAME -c CONTAINER --previous

Reference:
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.probed import KeptFromProbing
from kubectl_svcdoctor.graph.pods.affected import Affected, asked
from kubectl_svcdoctor.graph.pods.probe_answers import REFUSED, action, declared, meant, undeclared, wrong
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import LivenessKill
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Probe

START_UNSEEN = 300.0


@defect("POD107", "pod-liveness-kills")
def liveness_probe_kills(service: Service, readiness: Readiness, shut: KeptFromProbing | None = None) -> Iterator[Problem]:
    for group in readiness.affected(LivenessKill):
        first = group.first
        probe = first.container.liveness_probe or Probe()
        limits = f"timeoutSeconds {probe.timeout_seconds}, failureThreshold {probe.failure_threshold}, periodSeconds {probe.period_seconds}"
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=_summary(group, probe),
            evidence=group.evidence(
                first.message, limits, f"declared ports: {declared(first.container)}" if REFUSED in first.message else "", _answering(first),
                f"restarted {first.status.restart_count} times",
                f"it ran for {first.lived:.0f} s the last time" if first.lived is not None and first.aspect == "start" else "",
                shut.of(first.pod) if shut else "",
            ),
            fix=_fix(service, group, probe),
        )


def _summary(group: Affected[LivenessKill], probe: Probe) -> str:
    name, aspect = group.first.container.name, group.first.aspect
    if aspect == "start":
        return f"liveness probe {asked(probe)} is refused and kills container {name} before it listens in {group.count}"
    if aspect in ("port", "path", "scheme"):
        return f"liveness probe of container {name} {wrong(probe, aspect)}, and kills it in {group.count}"
    refused = " is refused and" if REFUSED in group.first.message else ""
    return f"liveness probe {asked(probe)}{refused} has container {name} killed in {group.count}"


def _answering(trouble: LivenessKill) -> str:
    """The port that answered the readiness probe in the same run, where that is what shows that the liveness probe asks the wrong one."""
    ready = trouble.container.readiness_probe
    return f"port {ready.port} answered the readiness probe in the same run" if trouble.answering and ready else ""


def _fix(service: Service, group: Affected[LivenessKill], probe: Probe) -> Fix:
    first, template = group.first, group.templated(group.first.container)
    name, path = first.container.name, f"{group.place(first.container)}/livenessProbe"
    change: tuple[str, list[dict[str, object]]] | None = None
    if first.aspect == "late":
        change = f"let the liveness probe of container {name} wait longer before it kills", [
            {"op": "add", "path": f"{path}/timeoutSeconds", "value": max(5, probe.timeout_seconds * 2)},
            {"op": "add", "path": f"{path}/failureThreshold", "value": max(6, probe.failure_threshold * 2)},
        ]
    elif first.aspect == "start":
        change = _startup(first, probe, path)
    elif first.aspect == "port" or _strange(service, first, probe):
        port, why = _port(service, first, probe)
        change = None if port is None else (
            f"let the liveness probe of container {name} ask port {port}, which {why}",
            [{"op": "replace", "path": f"{path}/{action(probe)}/port", "value": port}])
    fix = group.patched(*change) if change and template and template.liveness_probe == first.container.liveness_probe else None
    return fix or Fix(f"{change[0]}, in {group.owner}" if change else
                      f"find out from the log of container {name} what it did when the probe failed", (group.last_log(first.container, first.status),))


def _port(service: Service, trouble: LivenessKill, probe: Probe) -> tuple[int | str | None, str]:
    """The port that answered the readiness probe in the same run; where none did, the one that the container declares and does not refuse."""
    ready = trouble.container.readiness_probe
    if trouble.answering and ready and not (probe.grpc and isinstance(ready.port, str)):
        return ready.port, "answered the readiness probe in the same run"
    why = "the container declares" if trouble.aspect == "port" else f"the container declares, unlike {probe.port}; if that one is right, it opens late"
    return meant(trouble.container, probe, _targets(service, trouble)), why


def _strange(service: Service, trouble: LivenessKill, probe: Probe) -> bool:
    """Whether nothing but the probe speaks of the port that refuses it. That it opens late is possible, and nothing shows it."""
    return not trouble.aspect and REFUSED in trouble.message and undeclared(trouble.container, probe, _targets(service, trouble))


def _targets(service: Service, trouble: LivenessKill) -> frozenset[int]:
    numbers = (target_number(port, trouble.pod) for port in service.spec.ports)
    return frozenset(number for number in numbers if number)


def _startup(trouble: LivenessKill, probe: Probe, path: str) -> tuple[str, list[dict[str, object]]]:
    """A startupProbe that asks the same, for three times as long as a start is known to take."""
    measured = trouble.needs is not None and trouble.needs > (trouble.lived or 0)
    seconds = 3 * (trouble.needs or 0) if measured else max(START_UNSEEN, 4 * (trouble.lived or 0))
    period = max(1, probe.period_seconds)
    attempts = math.ceil(seconds / period)
    why = f"a ready Pod took {trouble.needs:.0f} s to start" if measured else "how long it takes to start was not seen"
    start = path.replace("/livenessProbe", "/startupProbe")
    return (f"give container {trouble.container.name} a startupProbe that allows {attempts * period} s ({why}); until it succeeds, the liveness probe "
            "is not asked", [{"op": "copy", "from": path, "path": start}, {"op": "add", "path": f"{start}/failureThreshold", "value": attempts}])
