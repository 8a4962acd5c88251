"""Which ports of which Pods behind a Service are tried: those of one Pod for each way in which they were made, and of others where that one refuses."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.questions import Dial, Dialled, Way
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.workload import Pod

PODS_AT_MOST = 3
PORTS_AT_MOST = 4
WAYS: tuple[Way, ...] = ("port-forward", "pod-proxy")


class Representatives(tuple[Pod, ...]):
    """One ready Pod of each template: what one of them listens on, its kind is likely to."""


class Dials(dict[Dial, Dialled | Unknown]):
    """The replies on what listens in the representatives."""


class Others(tuple[Pod, ...]):
    """Further ready Pods of templates of which the representative refuses: whether all of them do, or it alone."""


class FurtherDials(dict[Dial, Dialled | Unknown]):
    """The replies on what listens in these."""


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
