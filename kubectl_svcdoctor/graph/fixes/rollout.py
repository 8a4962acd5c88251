"""What a change of a workload does to its Pods, as far as that can be said without running it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_svcdoctor.model.workload import Container, Pod, PodSpec, Workload


def belongs(pod: Pod, workload: Workload) -> bool:
    """Whether the workload made this Pod; a Deployment's Pods belong to its ReplicaSets, which carry its name and the template's hash."""
    owner = pod.metadata.controller
    if owner is None or pod.namespace != workload.namespace:
        return False
    if workload.resource.kind == "Deployment":
        hashed = pod.labels.get("pod-template-hash")
        return owner.kind == "ReplicaSet" and bool(hashed) and owner.name == f"{workload.name}-{hashed}"
    return owner.kind == workload.resource.kind and owner.name == workload.name


def rolled_out(before: Workload, after: Workload, pods: Iterable[Pod]) -> tuple[Pod, ...] | None:
    """The workload's Pods with the new template's labels, ports and Service variables, and their status as it was.

    None where new Pods would come into being (more replicas) or the containers' programs change: nobody knows how those fare.
    """
    if before.wanted != after.wanted or _programs(before) != _programs(after):
        return None
    return tuple(_reborn(pod, before, after) for pod in pods if belongs(pod, before))


def _programs(workload: Workload) -> list[tuple[object, ...]]:
    spec = workload.spec.template.spec
    return [
        (entry.name, entry.image, entry.command, entry.args, entry.env, entry.readiness_probe, entry.liveness_probe, entry.startup_probe)
        for entry in (*spec.init_containers, *spec.containers)
    ]


def _reborn(pod: Pod, before: Workload, after: Workload) -> Pod:
    dropped = before.template_labels.keys() - after.template_labels.keys()
    labels = {key: value for key, value in pod.labels.items() if key not in dropped} | after.template_labels
    template = after.spec.template.spec
    spec = replace(
        pod.spec,
        containers=_ports(pod.spec.containers, template.containers),
        init_containers=_ports(pod.spec.init_containers, template.init_containers),
        hostname=_follow(pod.spec.hostname, before.spec.template.spec.hostname, template.hostname),
        subdomain=_follow(pod.spec.subdomain, before.spec.template.spec.subdomain, template.subdomain),
    )
    spec = _gates(spec, after)
    if before.spec.template.spec.enable_service_links != template.enable_service_links:
        spec = replace(spec, enable_service_links=template.enable_service_links)
    return replace(pod, metadata=replace(pod.metadata, labels=labels), spec=spec)


def _follow(current: str, old: str, new: str) -> str:
    return new if old != new else current


def _gates(spec: PodSpec, after: Workload) -> PodSpec:
    return replace(spec, readiness_gates=after.spec.template.spec.readiness_gates)


def _ports(running: tuple[Container, ...], wanted: tuple[Container, ...]) -> tuple[Container, ...]:
    """The Pod's containers with the template's declared ports; what admission added (a sidecar) stays."""
    by_name = {entry.name: entry for entry in wanted}
    return tuple(
        replace(entry, ports=by_name[entry.name].ports) if entry.name in by_name else entry for entry in running
    )
