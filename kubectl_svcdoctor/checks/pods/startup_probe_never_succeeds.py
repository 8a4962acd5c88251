"""The startup probe of a container never succeeds.

Why it breaks:
Until the startup probe has succeeded once, the kubelet asks no readiness probe, and the Pod cannot become
ready. When the time of the startup probe (initialDelaySeconds + failureThreshold × periodSeconds) is over,
the container is killed and starts from the beginning.

How to fix:
Let the probe ask what the application serves; give the start more time (failureThreshold, periodSeconds), or fix
what keeps the application from starting: its log says what.

Look yourself:
kubectl describe pod NAME
kubectl logs NAME -c CONTAINER --previous

Reference:
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.probed import KeptFromProbing
from kubectl_svcdoctor.graph.pods.affected import Affected, asked
from kubectl_svcdoctor.graph.pods.probe_answers import action, declared, meant, wrong
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import budget
from kubectl_svcdoctor.graph.pods.trouble import StartupFails
from kubectl_svcdoctor.graph.pods.waiting import Awaited
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Probe

WRONG = frozenset({"command", "port", "path", "scheme"})


@defect("POD103", "pod-startup-probe-never")
def startup_probe_never_succeeds(
    service: Service, readiness: Readiness, awaited: Awaited | None = None, shut: KeptFromProbing | None = None
) -> Iterator[Problem]:
    for group in readiness.affected(StartupFails):
        first = group.first
        container, status, aspect = first.container, first.status, first.aspect
        probe = container.startup_probe or Probe()
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=f"startup probe of container {container.name} {wrong(probe, aspect, first.message)}, in {group.count}" if aspect in WRONG else
            f"startup probe {asked(probe)} of container {container.name} does not succeed within {budget(probe):.0f} s in {group.count}",
            evidence=group.evidence(
                first.message, f"probe: {asked(probe)}; declared ports: {declared(container)}" if aspect == "port" else "",
                f"container {container.name} was restarted {status.restart_count} times" if status.restart_count else "",
                awaited.told(group) if awaited else "", shut.of(first.pod) if shut else "",
            ),
            fix=_fix(service, group, probe), awaits=awaited.of(group) if awaited else (),
        )


def _fix(service: Service, group: Affected[StartupFails], probe: Probe) -> Fix:
    first = group.first
    name, place, template = first.container.name, group.place(first.container), group.templated(first.container)
    change: tuple[str, dict[str, object]] | None = None
    if first.aspect == "port":
        numbers = (target_number(port, first.pod) for port in service.spec.ports)
        port = meant(first.container, probe, frozenset(number for number in numbers if number))
        change = None if port is None else (
            f"let the startup probe of container {name} ask port {port}, which the container declares",
            {"op": "replace", "path": f"{place}/startupProbe/{action(probe)}/port", "value": port})
    elif first.aspect not in WRONG:
        change = (f"give container {name} three times as long to start; if it never does, its log says why",
                  {"op": "add", "path": f"{place}/startupProbe/failureThreshold", "value": probe.failure_threshold * 3})
    fix = group.patched(change[0], [change[1]]) if change and template and template.startup_probe == first.container.startup_probe else None
    if fix:
        return Fix(fix.summary, (*fix.commands, group.log(first.container)), fix.patch)
    if first.aspect in WRONG:
        what = "let it run a program of the image, or ask by httpGet or tcpSocket" if first.aspect == "command" else f"correct its {first.aspect}"
        return Fix(f"correct the startup probe of container {name} in {group.owner}: {what}", (group.manifest,))
    return Fix(f"find out from its log why container {name} does not start, or raise startupProbe.failureThreshold", (group.log(first.container),))
