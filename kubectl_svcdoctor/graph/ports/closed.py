"""Ports of a Service that Pods refuse, what was found open instead, and the targetPort that all Pods would accept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.ports.dialled import template
from kubectl_svcdoctor.graph.ports.listeners import Listener, Listeners, OtherDials
from kubectl_svcdoctor.graph.ports.retarget import suitable
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.controllers import declared_port, target_number
from kubectl_svcdoctor.graph.spec.port_use import changing
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Pod

Reason = Literal["defaulted", "number", "name", "one", "nothing"]


@dataclass(frozen=True, slots=True)
class Closed:
    """A Service port whose Pods refuse connections at their address and, as far as it could be tried, at their IPv4 loopback.

    `reason`: the Pod has another port open, and the targetPort equals the port ("defaulted"), is a wrong "number" or a "name" with a wrong number; or
    only this "one" of several Service ports is closed; or "nothing" was found open. `others` are the Pod's open ports that the Service does not target.
    `better` is the targetPort that every selected Pod accepts, None where there is none, or several. `refusing`: the Pods that refuse the present one, by name;
    `accepting`: those that accept it.
    """

    place: int
    port: ServicePort
    number: int
    pod: Pod
    partial: bool
    reason: Reason
    others: tuple[int, ...]
    evidence: tuple[str, ...]
    better: int | str | None
    refusing: tuple[str, ...]
    accepting: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The other open ports, for a sentence."""
        return names([str(number) for number in self.others])

    def problem(self, service: Service, summary: str, fix: Fix) -> Problem:
        """The finding about this port: the facts are the same whatever the reason."""
        return Problem(object=service, port=self.port.label, severity=Severity.ERROR, partial=self.partial, summary=summary,
                       evidence=self.evidence, fix=fix, field=("spec", "ports"))

    def retargeted(self, service: Service) -> Fix:
        """Point the Service port at what all Pods accept; where there is no such port, say what has to be decided."""
        if self.better is not None:
            return patching(f"use {self.better} as targetPort", service, changing(self.place, self.port, targetPort=self.better))
        if self.accepting:
            several, target = len(self.refusing) > 1, self.port.target_port
            wanted = f"let Pod{'s' if several else ''} {names(self.refusing)} listen on port {self.number}"
            if isinstance(target, str) and not target.isdigit():
                return Fix(f"{wanted}, which {'they name' if several else 'it names'} {target}, or correct that number in its manifest", (self.look,))
            return Fix(f"{wanted}, as {names(self.accepting)} do{'' if self.accepting[1:] else 'es'}; or give the ports one name, and use it as targetPort",
                       (self.look,))
        return Fix("point targetPort at the port that serves these clients; the container's log shows what it serves", (self.look,))

    @property
    def look(self) -> Command:
        return kubectl("logs", self.pod, "--all-containers", "--tail=50", namespace=self.pod.namespace)


class ClosedPorts(tuple[Closed, ...]):
    """Every TCP port of the Service that a Pod refuses; what listens on the loopback only is another defect."""


@derives
def closed_ports(service: Service, listeners: Listeners, pods: SelectedPods, dials: OtherDials | None = None) -> ClosedPorts:
    """One entry for each closed port, each with one reason."""
    return ClosedPorts(_closed(service, listeners, pods, OtherDials() if dials is None else dials))


def behind(port: ServicePort, listeners: Listeners) -> list[Listener]:
    """The listeners that a TCP port of the Service targets."""
    return [entry for entry in listeners if port.protocol == "TCP" and target_number(port, entry.pod) == entry.port]


def _closed(service: Service, listeners: Listeners, pods: SelectedPods, dials: OtherDials) -> Iterator[Closed]:
    refused = [[entry for entry in behind(port, listeners) if entry.address is False and entry.loopback is not True] for port in service.spec.ports]
    for place, port in enumerate(service.spec.ports):
        if not refused[place]:
            continue
        here, first = behind(port, listeners), refused[place][0]
        accepting = tuple(dict.fromkeys(entry.pod.name for entry in here if entry.address))
        refusing = tuple(dict.fromkeys(entry.pod.name for entry in refused[place] if entry.port == first.port))
        proven = any(entry.address for entry in listeners if entry not in here)
        others = dials.open(first.pod)
        yield Closed(place, port, first.port, first.pod, len(refused[place]) < len(here), _reason(port, others, proven), others,
                     tuple(_evidence(port, first, others, pods, accepting)), suitable(service, place, pods, listeners, dials), refusing, accepting)


def _evidence(port: ServicePort, first: Listener, others: tuple[int, ...], pods: SelectedPods, accepting: tuple[str, ...]) -> Iterator[str]:
    yield f"Pod {first.pod.name} is ready, and refuses connections to {at(first.pod.status.pod_ip, first.port)}"
    yield from _named_twice(port, first.pod)
    ready = [pod for pod in pods if pod.ready and not pod.terminating]
    alike = sum(template(pod) == template(first.pod) for pod in ready)
    if alike > 1:
        yield f"{alike} of {count(len(ready))} are of its template"
    alive = [pod.name for pod in ready if pod.name in accepting and template(pod) == template(first.pod)]
    if alive:
        yield f"{names(alive)} of the same template accept{'s' if len(alive) == 1 else ''} them"
    if first.loopback is False:
        yield "its IPv4 loopback, which a port-forward enters, refuses them too"
    if others:
        yield f"of the other ports that it declares, that its probes ask or that its command line names, {', '.join(map(str, others))} accepted connections"


def _named_twice(port: ServicePort, pod: Pod) -> Iterator[str]:
    """Which container's port a name stands for that several of them give: that of the first (FindPort)."""
    numbers = {container.name: declared.container_port for container in pod.spec.serving_containers
               if (declared := declared_port([container], str(port.target), port.protocol))}
    if isinstance(port.target, str) and len(numbers) > 1:
        first, *rest = (f"{name} ({number})" for name, number in numbers.items())
        yield f'containers {first} and {names(rest, 1)} each name a port "{port.target}"; the Service gets the first one, that of {next(iter(numbers))}'


def _reason(port: ServicePort, others: tuple[int, ...], elsewhere: bool) -> Reason:
    if others:
        return "name" if isinstance(port.target, str) else "defaulted" if port.target == port.port else "number"
    return "one" if elsewhere else "nothing"
