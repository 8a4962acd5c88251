"""What really listens in the Pods behind a Service: asked of one Pod for each way in which they were made, and of others where that one refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kubectl_svcdoctor.graph.netpol import Allowed, APIServer, KnownPod, Policies, Port, Undecided, ingress, selecting
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.questions import Dial, Dialled, Way
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, Unknown
from kubectl_svcdoctor.model.workload import Container, Pod

PODS_AT_MOST = 3
PORTS_AT_MOST = 4
# `--http-port=8080`, `--listen=:8080`, `--bind 0.0.0.0:8080`
COMMAND_PORT = re.compile(r"(?:port=|:)(\d{2,5})$")
WAYS: tuple[Way, ...] = ("port-forward", "pod-proxy")


class Representatives(tuple[Pod, ...]):
    """One ready Pod of each template: what one of them listens on, its kind is likely to."""


class Dials(dict[Dial, Dialled | Unknown]):
    """The replies on what listens in the representatives."""


class Others(tuple[Pod, ...]):
    """Further ready Pods of templates of which the representative refuses: whether all of them do, or it alone."""


class FurtherDials(dict[Dial, Dialled | Unknown]):
    """The replies on what listens in these."""


class TellingDials(dict[Dial, Dialled | Unknown]):
    """Both together, without refusals that may be a policy engine's."""


class OtherDials(dict[Dial, Dialled | Unknown]):
    """The replies on the other ports that the representatives may listen on; asked only where a port is closed."""

    def open(self, pod: Pod) -> tuple[int, ...]:
        """The ports of this Pod that accept connections at its address."""
        accepting = (question.port for question, reply in self.items()
                     if question.pod == pod.name and question.way == "pod-proxy" and isinstance(reply, Dialled) and reply.open)
        return tuple(dict.fromkeys(accepting))


class IngressPolicies(tuple[NetworkPolicy, ...]):
    """The NetworkPolicies of the namespace; read only where a Pod's address refuses the API server and its loopback does not: an engine may refuse for it."""


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


@derives
def representatives(pods: SelectedPods) -> Representatives | Irrelevant:
    """At most three Pods, so that the number of probes does not grow with the Service."""
    found: dict[object, Pod] = {}
    for pod in sorted(pods, key=lambda pod: pod.name):
        if pod.ready and not pod.terminating and pod.spec.node_name:
            found.setdefault(template(pod), pod)
    if not found:
        return Irrelevant("no Pod is ready")
    return Representatives(list(found.values())[:PODS_AT_MOST])


def template(pod: Pod) -> object:
    """What made the Pod: Pods of one template listen on the same ports."""
    owner = pod.metadata.controller
    return (owner.kind, owner.name) if owner else pod.name


@asks(Dials)
def dials(service: Service, pods: Representatives) -> tuple[Dial, ...] | Irrelevant:
    """Both ways for every TCP port that the Service targets."""
    questions = [
        Dial(pod.namespace, pod.name, pod.spec.node_name, port, way) for pod in pods for port in targets(service, pod)[:PORTS_AT_MOST] for way in WAYS
    ]
    return tuple(questions) or Irrelevant("no port of the Service is TCP")


@derives
def others(pods: SelectedPods, tried: Representatives, replies: Dials) -> Others | Irrelevant:
    """At most two of each template. A refusal at the address alone is a matter of the whole template: of what it binds to, or of a policy."""
    refused = {question.pod for question, reply in replies.items() if question.way == "port-forward" and isinstance(reply, Dialled) and not reply.open}
    found: list[Pod] = []
    for first in tried:
        alike = [pod for pod in sorted(pods, key=lambda pod: pod.name) if pod.name != first.name and template(pod) == template(first)
                 and pod.ready and not pod.terminating and pod.spec.node_name]
        found += alike[:PODS_AT_MOST - 1] if first.name in refused else []
    return Others(found) if found else Irrelevant("no Pod refuses, or there is no other of its kind")


@asks(FurtherDials)
def further_dials(service: Service, pods: Others) -> tuple[Dial, ...] | Irrelevant:
    questions = [Dial(pod.namespace, pod.name, pod.spec.node_name, port, way) for pod in pods for port in targets(service, pod)[:PORTS_AT_MOST] for way in WAYS]
    return tuple(questions) or Irrelevant("no port of the Service is TCP")


def targets(service: Service, pod: Pod) -> list[int]:
    """The Pod's TCP ports that the Service targets."""
    numbers = (target_number(port, pod) for port in service.spec.ports if port.protocol == "TCP")
    return list(dict.fromkeys(number for number in numbers if number))


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


@asks(IngressPolicies)
def ingress_policies(service: Service, replies: Dials) -> Query[NetworkPolicy] | Irrelevant:
    if not any(_refused_at_address_alone(replies, question) for question in replies):
        return Irrelevant("no Pod refuses at its address alone")
    return Query(NetworkPolicy, service.namespace)


def _refused_at_address_alone(replies: Mapping[Dial, Dialled | Unknown], question: Dial) -> bool:
    """A Pod that refuses at its loopback too does it itself; a policy engine does not see that."""
    reply, inner = replies[question], replies.get(replace(question, way="port-forward"))
    closed = isinstance(inner, Dialled) and not inner.open
    return question.way == "pod-proxy" and isinstance(reply, Dialled) and not reply.open and not closed


@derives
def telling(
    service: Service, pods: Representatives, first: Dials, policies: IngressPolicies | None = None, more: Others | None = None,
    further: FurtherDials | None = None,
) -> TellingDials:
    """A refusal at the address alone is the Pod's own only if it is known that the NetworkPolicies let the API server in."""
    by_name = {pod.name: pod for pod in (*pods, *(more or ()))}
    replies = {**first, **(further or {})}
    admitted = f"try it from a client that is admitted: {diagnosis(service, '--from', 'pod/NAME', namespace=service.namespace)}"
    return TellingDials({
        question: Unknown(question.what, "not-tried", f"the API server's connection was refused, and {_doubt(by_name[question.pod], policies)}", admitted)
        if _refused_at_address_alone(replies, question) and question.pod in by_name and not _let_in(by_name[question.pod], question.port, policies) else reply
        for question, reply in replies.items()
    })


def _doubt(pod: Pod, policies: IngressPolicies | None) -> str:
    """Why the refusal may be a policy engine's."""
    limiting = () if policies is None else selecting(Policies.of(policies, read=[pod.namespace]), "Ingress", KnownPod(pod))
    if policies is None or isinstance(limiting, Undecided):
        return "whether a NetworkPolicy isolates the Pod is not known"
    kind, verb = ("NetworkPolicy", "limits") if len(limiting) == 1 else ("NetworkPolicies", "limit")
    return f"{kind} {', '.join(policy.name for policy in limiting)} {verb} who may connect to the Pod"


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


def _let_in(pod: Pod, port: int, policies: IngressPolicies | None) -> bool:
    if policies is None:
        return False
    return isinstance(ingress(Policies.of(policies, read=[pod.namespace]), APIServer(), KnownPod(pod), Port(port)), Allowed)
