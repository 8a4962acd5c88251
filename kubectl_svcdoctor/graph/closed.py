"""Ports of a Service behind which nothing takes connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.graph.listeners import Listeners
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Closed:
    """A Service port whose Pods refuse connections, neither on their address nor, as far as was told, on their loopback.

    `partial`: another port, or another kind of Pod behind the same port, takes connections. `loopback` is evidence on the loopback.
    """

    port: ServicePort
    number: int
    pod: Pod
    partial: bool
    loopback: tuple[str, ...]


def closed_ports(service: Service, listeners: Listeners) -> Iterator[Closed]:
    """One entry for each TCP port of the Service that a Pod refuses; what listens on the loopback only is another defect."""
    for port in service.spec.ports:
        if port.protocol != "TCP":
            continue
        here = [entry for entry in listeners if target_number(port, entry.pod) == entry.port]
        refusing = [entry for entry in here if entry.address is False and entry.loopback is not True]
        if refusing:
            known = ("a port-forward, which enters through the Pod's loopback, is refused too",) if refusing[0].loopback is False else ()
            partial = len(refusing) < len(here) or any(entry.address for entry in listeners)
            yield Closed(port, refusing[0].port, refusing[0].pod, partial, known)
