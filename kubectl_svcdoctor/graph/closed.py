"""Ports of a Service behind which nothing takes connections, and what was found open instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.graph.listeners import Listeners, OtherDials
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Pod

Reason = Literal["defaulted", "number", "name", "one", "nothing"]


@dataclass(frozen=True, slots=True)
class Closed:
    """A Service port whose Pods refuse connections, neither on their address nor, as far as was told, on their loopback.

    `reason`: another declared port is open, and the targetPort was left out ("defaulted"), is a wrong "number" or a "name" with a wrong number; or
    only this "one" of several Service ports is closed; or "nothing" at all was found open. `others` are the open ports that the Pods declare besides.
    """

    place: int
    port: ServicePort
    number: int
    pod: Pod
    partial: bool
    reason: Reason
    others: tuple[int, ...]
    evidence: tuple[str, ...]

    def problem(self, service: Service, summary: str, fix: Fix) -> Problem:
        """The finding about this port: the facts are the same whatever the reason."""
        return Problem(object=service, port=self.port.label, severity=Severity.ERROR, partial=self.partial, summary=summary,
                       evidence=self.evidence, fix=fix, field=("spec", "ports"))

    def retargeted(self, service: Service) -> Fix:
        """Point the Service port at the one port that is open; with several to choose from, say which."""
        if len(self.others) != 1:
            return Fix(f"point targetPort at the port that serves clients, one of {', '.join(map(str, self.others))}", (self.look,))
        number = self.others[0]
        return patching(f"use {number} as targetPort", service,
                        [{"op": "replace", "path": f"/spec/ports/{self.place}/targetPort", "value": number}])

    @property
    def look(self) -> str:
        return f"kubectl -n {self.pod.namespace} logs {self.pod.name} --all-containers --tail=50"


class ClosedPorts(tuple[Closed, ...]):
    """Every TCP port of the Service that a Pod refuses; what listens on the loopback only is another defect."""


@derives
def closed_ports(service: Service, listeners: Listeners, dials: OtherDials | None = None) -> ClosedPorts:
    """One entry for each closed port, each with one reason."""
    return ClosedPorts(_closed(service, listeners, dials.open if dials else ()))


def _closed(service: Service, listeners: Listeners, others: tuple[int, ...]) -> Iterator[Closed]:
    for place, port in enumerate(service.spec.ports):
        here = [entry for entry in listeners if port.protocol == "TCP" and target_number(port, entry.pod) == entry.port]
        refusing = [entry for entry in here if entry.address is False and entry.loopback is not True]
        if not refusing:
            continue
        first = refusing[0]
        elsewhere = any(entry.address for entry in listeners if entry not in here)
        evidence = [f"Pod {first.pod.name} is ready, and refuses connections to {first.pod.status.pod_ip}:{first.port}"]
        if first.loopback is False:
            evidence.append("a port-forward, which enters through the Pod's loopback, is refused too")
        if others:
            verb = "takes" if len(others) == 1 else "take"
            evidence.append(f"of the other ports that the Pods declare or are started with, {', '.join(map(str, others))} {verb} connections")
        yield Closed(place, port, first.port, first.pod, len(refusing) < len(here) or elsewhere, _reason(port, others, elsewhere), others, tuple(evidence))


def _reason(port: ServicePort, others: tuple[int, ...], elsewhere: bool) -> Reason:
    if others:
        return "name" if isinstance(port.target, str) else "defaulted" if port.target == port.port else "number"
    return "one" if elsewhere else "nothing"
