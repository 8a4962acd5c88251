"""The targetPort that a Service port should have, as far as probes prove it: served by every selected Pod."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_svcdoctor.graph.ports.dialled import template
from kubectl_svcdoctor.graph.ports.listeners import Listeners, OtherDials, candidates
from kubectl_svcdoctor.graph.slices.controllers import declared_port, target_number
from kubectl_svcdoctor.graph.spec.port_use import fits
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Container, Pod


def suitable(service: Service, place: int, pods: SelectedPods, listeners: Listeners, dials: OtherDials) -> int | str | None:
    """The only number that the same container of every Pod accepts in its place, or the only name under which every Pod declares a port that it accepts, in
    whatever container; None in doubt."""
    port = service.spec.ports[place]
    tried = list({entry.pod.name: entry.pod for entry in listeners}.values())
    living = [pod for pod in pods if not pod.finished and not pod.terminating]
    if not {template(pod) for pod in living} <= {template(pod) for pod in tried}:
        return None  # Pods of another template were not tried
    accepted = {pod.name: {*dials.open(pod), *(entry.port for entry in listeners if entry.pod.name == pod.name and entry.address)} for pod in tried}
    meant = [_meant(port, pod) for pod in tried]
    containers = [container for container in meant if container is not None]
    if len(containers) < len(tried):
        return None
    served = list(zip(tried, containers, strict=True))
    used = {target_number(other, pod) for index, other in enumerate(service.spec.ports) if index != place for pod in tried}
    same = len({container.name for container in containers}) == 1
    numbers = [number for number in _numbers(containers[0]) if same and number not in used and all(
        number in accepted[pod.name] and _fitting(port, container, number) for pod, container in served)]
    named = [name for name in _names(containers) if name != port.target and all(
        (number := _number(container, name)) in accepted[pod.name] and number not in used and _fitting(port, container, number or 0)
        and declared_port(pod.spec.serving_containers, name, "TCP") in container.ports for pod, container in served)]
    found: Sequence[int | str] = numbers or named
    return found[0] if len(found) == 1 else None


def _meant(port: ServicePort, pod: Pod) -> Container | None:
    """The container that the port targets: the one that declares the target, else the only one there is."""
    number = target_number(port, pod)
    declaring = [container for container in pod.spec.serving_containers if any(entry.container_port == number for entry in container.ports)]
    found = declaring or pod.spec.containers
    return found[0] if len(found) == 1 else None


def _numbers(container: Container) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for numbers in candidates(container) for number in numbers))


def _fitting(port: ServicePort, container: Container, number: int) -> bool:
    declared = next((entry for entry in container.ports if (entry.container_port, entry.protocol) == (number, "TCP")), None)
    return number in _numbers(container) and fits(port, declared or number)


def _names(containers: Sequence[Container]) -> list[str]:
    """The names that every container declares for TCP."""
    first = [entry.name for entry in containers[0].ports if entry.name]
    return [name for name in first if all(_number(container, name) is not None for container in containers)]


def _number(container: Container, name: str) -> int | None:
    return next((entry.container_port for entry in container.ports if (entry.name, entry.protocol) == (name, "TCP")), None)
