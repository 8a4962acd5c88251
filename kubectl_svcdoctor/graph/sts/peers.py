"""The names of its own Pods that a StatefulSet's template names: its peers, as it believes that they are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.model.mentions import hosts
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Container, StatefulSet


@dataclass(frozen=True, slots=True)
class Peer:
    """A host as it is written, the number of the Pod that it means (None for the governing Service's own name), and the parts behind it."""

    text: str
    number: int | None
    rest: tuple[str, ...]


class Peers(tuple[Peer, ...]):
    """All such names, in the order in which they stand."""


@derives
def peers(which: Governed, pods: SetPods | None = None) -> Peers | Irrelevant:
    """Out of the template, and out of a Pod as it was made, which may be of an older template."""
    specs = [which.set.spec.template.spec, *(pod.spec for pod in (pods or ())[:1])]
    containers = (container for spec in specs for container in (*spec.containers, *spec.init_containers))
    found = dict.fromkeys(peer for container in containers for peer in named_in(which.set, container))
    return Peers(found) if found else Irrelevant("the StatefulSet names no peers")


def named_in(item: StatefulSet, container: Container) -> list[Peer]:
    """The peers that one container's variables, command and arguments name."""
    found = []
    for text in (*(entry.value for entry in container.env), *container.command, *container.args):
        for host in hosts(text):
            first, *rest = host.split(".")
            member = re.fullmatch(rf"{re.escape(item.name)}-(\d+)", first)
            if member and rest:
                found.append(Peer(host, int(member[1]), tuple(rest)))
            elif item.spec.service_name and first == item.spec.service_name:
                found.append(Peer(host, None, tuple(rest)))
    return found
