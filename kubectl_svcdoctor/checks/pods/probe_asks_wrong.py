"""The readiness probe asks a port, path or scheme that the container does not serve.

Why it breaks:
The kubelet's question never reaches the application's answer: nothing listens on the probe's port, the path
is unknown there, or one side speaks TLS and the other does not. The Pod stays not ready for ever, although
the application may be perfectly well.

How to fix:
Let the probe ask the port, path and scheme that the application serves, in the template of what owns the
Pods.

Look yourself:
kubectl describe pod NAME
kubectl get pod NAME -o jsonpath='{.spec.containers[*].readinessProbe}{"\\n"}{.spec.containers[*].ports}'

Reference:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, asked
from kubectl_svcdoctor.graph.pods.probe_answers import action, declared, meant, undeclared, wrong
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import ProbeMismatch
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Probe


@defect("POD102", "pod-probe-port-wrong")
def probe_asks_wrong(service: Service, readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(ProbeMismatch):
        container = group.first.container
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=f"readiness probe of container {container.name} {_wrong(group)}, in {group.count}",
            evidence=group.evidence(f"probe: {asked(container.readiness_probe)}; declared ports: {declared(container)}", group.first.message),
            fix=_fix(service, group),
        )


def _wrong(group: Affected[ProbeMismatch]) -> str:
    first = group.first
    probe = first.container.readiness_probe or Probe()
    if first.aspect == "port" and isinstance(probe.port, str):
        return f"asks port {probe.port}, which the container does not declare"
    return wrong(probe, first.aspect, first.message)


def _fix(service: Service, group: Affected[ProbeMismatch]) -> Fix:
    first, place = group.first, group.place(group.first.container)
    change, better = _change(service, group), _better(service, group)
    template = group.templated(first.container)
    if change:
        field, value = change
        summary = f"let the readiness probe of container {first.container.name} ask {field.rpartition('/')[2]} {value}"
        operation = {"op": "replace", "path": f"{place}/readinessProbe/{field}", "value": value}
        same = place and template and template.readiness_probe == first.container.readiness_probe
        return (group.patched(summary, [operation]) if same else None) or Fix(f"{summary}, in {group.owner}", (group.manifest,))
    if first.aspect == "command":
        return Fix(f"let the readiness probe in {group.owner} run a program of the image, or ask by httpGet or tcpSocket", (group.manifest,))
    probe = first.container.readiness_probe or Probe()
    other = f", or let it ask port {better}, which the container declares" if better and undeclared(first.container, probe, frozenset()) else ""
    return Fix(f"correct {first.aspect} of the readiness probe in {group.owner}{other}; the log of container {first.container.name} shows what it serves",
               (group.log(first.container),))


def _change(service: Service, group: Affected[ProbeMismatch]) -> tuple[str, int | str] | None:
    """The probe's field and its right value, where the data tell it: the container's port that clients are sent to, or the other scheme."""
    first = group.first
    probe = first.container.readiness_probe or Probe()
    if first.aspect == "scheme" and probe.http_get:
        return "httpGet/scheme", "HTTP" if probe.http_get.scheme == "HTTPS" else "HTTPS"
    best = _better(service, group) if first.aspect == "port" else None
    return None if best is None else (f"{action(probe)}/port", best)


def _better(service: Service, group: Affected[ProbeMismatch]) -> int | str | None:
    container, numbers = group.first.container, (target_number(port, group.first.pod) for port in service.spec.ports)
    return meant(container, container.readiness_probe or Probe(), frozenset(number for number in numbers if number))
