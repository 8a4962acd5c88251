"""Whether containers declare the ports that a Service sends to; a port that nobody declares may be served all the same."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_svcdoctor.graph.slices.controllers import declared_port
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Container, PodSpec


def declares(port: ServicePort, containers: Iterable[Container]) -> bool:
    """Whether one of the containers declares the port's target, by number or name, and protocol."""
    target = port.target
    if isinstance(target, str):
        return declared_port(containers, target, port.protocol) is not None
    return any((entry.container_port, entry.protocol) == (target, port.protocol) for container in containers for entry in container.ports)


def programs(spec: PodSpec) -> frozenset[str]:
    """The images of the containers, without tag and digest, so that two versions of a program count as one."""
    return frozenset(_repository(entry.image) for entry in spec.containers)


def _repository(image: str) -> str:
    path, slash, name = image.partition("@")[0].rpartition("/")
    return path + slash + name.partition(":")[0]


def declares_any(service: Service, spec: PodSpec) -> bool:
    """Whether at least one target of the Service is declared."""
    return any(declares(port, spec.serving_containers) for port in service.spec.ports)


def contradicts(service: Service, spec: PodSpec) -> bool:
    """Whether the containers declare ports and none of them is a target of the Service."""
    return any(container.ports for container in spec.serving_containers) and bool(service.spec.ports) and not declares_any(service, spec)
