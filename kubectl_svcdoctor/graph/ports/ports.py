"""How each port of a Service with a selector meets the ports that its Pods declare."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.strangers import OtherApplications
from kubectl_svcdoctor.graph.slices.controllers import counts, declared_port, target_number
from kubectl_svcdoctor.graph.spec.port_use import fits
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import ContainerPort, Pod

PORTS = "custom-columns=POD:.metadata.name,PORTS:.spec.containers[*].ports"
"""What kubectl prints of Pods, so that one sees which ports they declare."""


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """A Service port with a named targetPort, and the Pods that do and do not resolve it.

    `otherwise` are Pods that declare the name with another protocol: name and protocol must both match (FindPort). `among`: which Pods these are, for a
    sentence.
    """

    place: int
    port: ServicePort
    having: tuple[Pod, ...]
    lacking: tuple[Pod, ...]
    otherwise: tuple[Pod, ...]
    among: str = "selected Pods"

    @property
    def name(self) -> str:
        return str(self.port.target)


class NamedTargets(tuple[NamedTarget, ...]):
    """Every named targetPort of the Service that at least one of its Pods does not resolve."""


@derives
def named_targets(service: Service, pods: SelectedPods, others: OtherApplications | None = None) -> NamedTargets | Irrelevant:
    """Only Pods that count as endpoints, and are meant, are looked at; without any, there is nothing to resolve a name against."""
    foreign = {pod.metadata.uid for group in others.others for pod in group.pods} if others else set()
    living = [pod for pod in pods if counts(service, pod)]
    meant = [pod for pod in living if pod.metadata.uid not in foreign]
    if not meant:
        return Irrelevant("no Pod has an address yet")
    named = ((place, port) for place, port in enumerate(service.spec.ports) if isinstance(port.target, str))
    return NamedTargets(target for place, port in named if (target := _target(place, port, living, _asked(service, port, meant))).lacking)


def _target(place: int, port: ServicePort, living: list[Pod], asked: list[Pod]) -> NamedTarget:
    lacking = tuple(pod for pod in asked if target_number(port, pod) is None)
    having = tuple(pod for pod in asked if target_number(port, pod) is not None)
    otherwise = tuple(pod for pod in lacking if _named(port, pod))
    owners = sorted({owner_of(pod) for pod in asked})
    among = "selected Pods" if len(asked) == len(living) else f"Pods of {names(list(map(str, owners)), 2)}"
    return NamedTarget(place, port, having, lacking, otherwise, among)


def _asked(service: Service, port: ServicePort, meant: list[Pod]) -> list[Pod]:
    """Those that clients of the port are sent to, or would be. Where some workload declares the name, nobody is sent to the Pods of one that does not, such as
    the workers of the same chart; but the name of a headless Service leads to all of them."""
    declaring = {owner_of(pod) for pod in meant if _named(port, pod)}
    found = [pod for pod in meant if owner_of(pod) in declaring]
    return meant if service.headless or not any(target_number(port, pod) for pod in found) else found


def _named(port: ServicePort, pod: Pod) -> bool:
    return declared_port(pod.spec.serving_containers, str(port.target), None) is not None


def declared(pods: Iterable[Pod]) -> tuple[ContainerPort, ...]:
    """The different ports that Pods declare, in the order of their containers."""
    ports = (port for pod in pods for container in pod.spec.serving_containers for port in container.ports)
    return tuple(dict.fromkeys(ports))


def offered(pods: Iterable[Pod]) -> str:
    """`http=8080/TCP, 9090/TCP`: what Pods declare, for evidence; `no port at all` for nothing."""
    shown = [f"{port.name}={port.container_port}/{port.protocol}" if port.name else f"{port.container_port}/{port.protocol}" for port in declared(pods)]
    return ", ".join(shown) or "no port at all"


def likely(target: NamedTarget) -> ContainerPort | None:
    """The port that was probably meant, among those that every Pod declares and that clients of the Service port can want: the only one of its
    protocol, or the one whose name is closest; None in doubt."""
    everywhere = [port for port in declared(target.lacking) if all(port in declared([pod]) for pod in target.lacking)]
    candidates = [port for port in everywhere if port.protocol == target.port.protocol and fits(target.port, port)]
    if len(candidates) == 1:
        return candidates[0]
    called = {port.name: port for port in candidates if port.name}
    near = difflib.get_close_matches(target.name, called, 1, 0.5) or [name for name in (target.port.name,) if name in called]
    same_number = [port for port in candidates if port.container_port == target.port.port]
    return called[near[0]] if near else same_number[0] if len(same_number) == 1 else None
