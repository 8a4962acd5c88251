"""What really listens in the Pods that were tried, and what else they may listen on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_svcdoctor.graph.ports.dialled import PORTS_AT_MOST, WAYS, Others, Representatives, targets
from kubectl_svcdoctor.graph.ports.policed import TellingDials
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.workload import Container, Pod

# `--http-port=8080`, `--listen=:8080`, `--bind 0.0.0.0:8080`
COMMAND_PORT = re.compile(r"(?:port=|:)(\d{2,5})$")


class OtherDials(dict[Dial, Dialled | Unknown]):
    """The replies on the other ports that the representatives may listen on; asked only where a port is closed."""

    def open(self, pod: Pod) -> tuple[int, ...]:
        """The ports of this Pod that accept connections at its address."""
        accepting = (question.port for question, reply in self.items()
                     if question.pod == pod.name and question.way == "pod-proxy" and isinstance(reply, Dialled) and reply.open)
        return tuple(dict.fromkeys(accepting))


@dataclass(frozen=True, slots=True)
class Listener:
    """One port of one Pod: whether its IPv4 loopback and its address accept connections, None where that could not be told."""

    pod: Pod
    port: int
    loopback: bool | None
    address: bool | None
    tls: bool = False


class Listeners(tuple[Listener, ...]):
    """What was found out about the ports of the representatives; never empty."""


@asks(OtherDials)
def other_dials(service: Service, pods: Representatives, listeners: Listeners, more: Others | None = None) -> tuple[Dial, ...] | Irrelevant:
    """Where a targeted port is closed: the other TCP ports that the Pods may listen on, of all of them, since a fix has to suit them all."""
    if not any(listener.address is False for listener in listeners):
        return Irrelevant("all ports are open, or could not be tried")
    questions = [
        Dial(pod.namespace, pod.name, pod.spec.node_name, port, way)
        for pod in (*pods, *(more or ())) for port in _others(service, pod)[:PORTS_AT_MOST] for way in WAYS
    ]
    return tuple(questions) or Irrelevant("there is no other port to try")


def _others(service: Service, pod: Pod) -> list[int]:
    """Declared ports, then those that probes ask, then those that the command line names: candidates that a probe confirms or not."""
    used = targets(service, pod)
    per_container = [candidates(container) for container in pod.spec.serving_containers]
    ranked = (number for rank in zip(*per_container, strict=True) for numbers in rank for number in numbers)
    return [number for number in dict.fromkeys(ranked) if number not in used and 0 < number < 65536]


def candidates(container: Container) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The TCP ports that a container declares, those that its probes ask, and those that its command line names."""
    probes = (probe for probe in (container.readiness_probe, container.liveness_probe, container.startup_probe) if probe)
    return (
        tuple(port.container_port for port in container.ports if port.protocol == "TCP"),
        tuple(probe.port for probe in probes if isinstance(probe.port, int)),
        tuple(int(number) for word in (*container.command, *container.args) for number in COMMAND_PORT.findall(word)),
    )


@derives
def listeners(pods: Representatives, replies: TellingDials, more: Others | None = None) -> Listeners:
    """The replies joined by Pod and port."""
    by_name = {pod.name: pod for pod in (*pods, *(more or ()))}
    joined: dict[tuple[str, int], dict[str, Dialled]] = {}
    for question, reply in replies.items():
        ways = joined.setdefault((question.pod, question.port), {})
        if isinstance(reply, Dialled):
            ways[question.way] = reply
    return Listeners(_listener(by_name[name], port, ways) for (name, port), ways in joined.items() if name in by_name)


def _listener(pod: Pod, port: int, ways: dict[str, Dialled]) -> Listener:
    forwarded, proxied = ways.get("port-forward"), ways.get("pod-proxy")
    return Listener(pod, port, forwarded.open if forwarded else None, proxied.open if proxied else None, bool(proxied and proxied.tls))
