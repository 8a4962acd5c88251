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
from kubectl_svcdoctor.graph.affected import Affected, asked
from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.trouble import ProbeMismatch
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Container, Probe


@defect("POD102", "pod-probe-port-wrong")
def probe_asks_wrong(service: Service, readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(ProbeMismatch):
        container = group.first.container
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec", "containers"),
            summary=f"readiness probe of container {container.name} {_wrong(group)}: {group.count} not ready",
            evidence=group.evidence(f"probe: {asked(container.readiness_probe)}; declared ports: {_declared(container)}", group.first.message),
            fix=_fix(service, group),
        )


def _wrong(group: Affected[ProbeMismatch]) -> str:
    probe, aspect = group.first.container.readiness_probe, group.first.aspect
    port = probe.port if probe else None
    if aspect == "path":
        return f"asks for the path {probe.http_get.path if probe and probe.http_get else ''}, which the application does not know (404)"
    if aspect == "scheme":
        return f"speaks {probe.http_get.scheme if probe and probe.http_get else ''} to port {port}, which does not"
    if isinstance(port, str):
        return f"asks port {port}, a name that the container does not declare"
    return f"asks port {port}, where nothing listens"


def _declared(container: Container) -> str:
    return ", ".join(f"{port.name or 'unnamed'} {port.container_port}/{port.protocol}" for port in container.ports) or "none"


def _fix(service: Service, group: Affected[ProbeMismatch]) -> Fix:
    first, place = group.first, group.place(group.first.container)
    change = _change(service, group)
    template = group.templated(first.container)
    if change and place and template and template.readiness_probe == first.container.readiness_probe:
        field, value = change
        operation = {"op": "replace", "path": f"{place}/readinessProbe/{field}", "value": value}
        fix = group.mended(f"let the readiness probe of container {first.container.name} ask {field.rpartition('/')[2]} {value}", [operation])
        if fix:
            return fix
    return Fix(
        f"correct {first.aspect} of the readiness probe in {group.owner}; the log of container {first.container.name} shows what it serves",
        (group.kubectl(f"logs {first.pod.name} -c {first.container.name} --tail=50"),),
    )


def _change(service: Service, group: Affected[ProbeMismatch]) -> tuple[str, int | str] | None:
    """The probe's field and its right value, where the data tell it: the container's port that clients are sent to, or the other scheme."""
    first = group.first
    probe = first.container.readiness_probe
    kind = _action(probe) if probe else ""
    if first.aspect == "scheme" and probe and probe.http_get:
        return f"{kind}/scheme", "HTTP" if probe.http_get.scheme == "HTTPS" else "HTTPS"
    if first.aspect == "path" or not first.container.ports:
        return None
    targets = {target_number(port, first.pod) for port in service.spec.ports}
    best = next((port for port in first.container.ports if port.container_port in targets), first.container.ports[0])
    return f"{kind}/port", best.container_port if kind == "grpc" else best.name or best.container_port


def _action(probe: Probe) -> str:
    if probe.http_get:
        return "httpGet"
    return "tcpSocket" if probe.tcp_socket else "grpc"
