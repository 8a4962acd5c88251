"""What really listens in the Pods behind a Service: asked of one Pod for each way in which they were made."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.questions import Dial, Dialled, Way
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.workload import Pod

PODS_AT_MOST = 3
PORTS_AT_MOST = 4
# `--http-port=8080`, `--listen=:8080`, `--bind 0.0.0.0:8080`
COMMAND_PORT = re.compile(r"(?:port=|:)(\d{2,5})$")
WAYS: tuple[Way, ...] = ("port-forward", "pod-proxy")


class Representatives(tuple[Pod, ...]):
    """One ready Pod of each template: what one of them listens on, all of its kind do."""


class Dials(dict[Dial, Dialled | Unknown]):
    """The replies on what listens in the representatives."""


class OtherDials(dict[Dial, Dialled | Unknown]):
    """The replies on the other ports that the representatives may listen on; asked only where a port is closed."""

    @property
    def open(self) -> tuple[int, ...]:
        """The ports that take connections."""
        heard = (question.port for question, reply in self.items() if question.way == "pod-proxy" and isinstance(reply, Dialled) and reply.open)
        return tuple(dict.fromkeys(heard))


@dataclass(frozen=True, slots=True)
class Listener:
    """One port of one Pod: None where nobody could tell."""

    pod: Pod
    port: int
    loopback: bool | None
    address: bool | None
    tls: bool = False


class Listeners(tuple[Listener, ...]):
    """What was told about the ports of the representatives; never empty."""


@derives
def representatives(pods: SelectedPods) -> Representatives | Irrelevant:
    """At most three Pods, so that the number of probes does not grow with the Service."""
    found: dict[object, Pod] = {}
    for pod in sorted(pods, key=lambda pod: pod.name):
        if pod.ready and not pod.terminating and pod.spec.node_name:
            owner = pod.metadata.controller
            found.setdefault((owner.kind, owner.name) if owner else pod.name, pod)
    if not found:
        return Irrelevant("no Pod is ready")
    return Representatives(list(found.values())[:PODS_AT_MOST])


@asks(Dials)
def dials(service: Service, pods: Representatives) -> tuple[Dial, ...] | Irrelevant:
    """Both ways for every TCP port that the Service leads to."""
    questions = [
        Dial(pod.namespace, pod.name, pod.spec.node_name, port, way) for pod in pods for port in targets(service, pod)[:PORTS_AT_MOST] for way in WAYS
    ]
    return tuple(questions) or Irrelevant("no port of the Service is TCP")


def targets(service: Service, pod: Pod) -> list[int]:
    """The Pod's TCP ports that the Service leads to."""
    numbers = (target_number(port, pod) for port in service.spec.ports if port.protocol == "TCP")
    return list(dict.fromkeys(number for number in numbers if number))


@asks(OtherDials)
def other_dials(service: Service, pods: Representatives, told: Listeners) -> tuple[Dial, ...] | Irrelevant:
    """Where a port that the Service leads to is closed: the other TCP ports that the Pod may listen on."""
    closed = {listener.pod.name for listener in told if listener.address is False}
    questions = [
        Dial(pod.namespace, pod.name, pod.spec.node_name, port, way)
        for pod in pods if pod.name in closed for port in _others(service, pod)[:PORTS_AT_MOST] for way in WAYS
    ]
    return tuple(questions) or Irrelevant("there is no other port to try, or all ports are open")


def _others(service: Service, pod: Pod) -> list[int]:
    """Declared ports, then those that probes ask, then those that the command line names: candidates that a probe confirms or not."""
    used = targets(service, pod)
    containers = pod.spec.serving_containers
    found = [port.container_port for container in containers for port in container.ports if port.protocol == "TCP"]
    probes = (probe for container in containers for probe in (container.readiness_probe, container.liveness_probe, container.startup_probe) if probe)
    found += [probe.port for probe in probes if isinstance(probe.port, int)]
    found += [int(number) for container in containers for word in (*container.command, *container.args) for number in COMMAND_PORT.findall(word)]
    return [number for number in dict.fromkeys(found) if number not in used and 0 < number < 65536]


@derives
def listeners(pods: Representatives, replies: Dials) -> Listeners:
    """The replies joined by Pod and port."""
    by_name = {pod.name: pod for pod in pods}
    heard: dict[tuple[str, int], dict[str, Dialled]] = {}
    for question, reply in replies.items():
        told = heard.setdefault((question.pod, question.port), {})
        if isinstance(reply, Dialled):
            told[question.way] = reply
    return Listeners(_listener(by_name[name], port, told) for (name, port), told in heard.items() if name in by_name)


def _listener(pod: Pod, port: int, told: dict[str, Dialled]) -> Listener:
    forwarded, proxied = told.get("port-forward"), told.get("pod-proxy")
    return Listener(
        pod, port, forwarded.open if forwarded else None, proxied.open if proxied else None, bool(proxied and proxied.tls))


