"""Groups of Pods behind one selector that refuse connections: of another application, or of one that listens on another number under the same port name."""

from __future__ import annotations

from kubectl_svcdoctor.graph.ports.listeners import Listeners, OtherDials
from kubectl_svcdoctor.graph.ports.retarget import suitable
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.crowd import Crowd, Group
from kubectl_svcdoctor.graph.selector.strangers import accepts, naming, own_of, told_apart, tried_of
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant


class Renumbered(tuple[Group, ...]):
    """Groups that do not declare the number that the Service targets, and serve under the same port name as all others: a canary on another port. It is the
    targetPort that does not suit them, and no selector."""


class Refusing(tuple[Group, ...]):
    """Groups of other applications than those that accept connections, or declare the port and are not ready, whose Pods refuse every TCP port: not empty.

    Each declares other ports than the Service's, or none of its ports was found open: else it is the port that is wrong.
    """


@derives
def renumbered(service: Service, crowd: Crowd, pods: SelectedPods, listeners: Listeners, dials: OtherDials) -> Renumbered | Irrelevant:
    """As far as probes prove that every selected Pod accepts what it declares under that name; not where labels say that it is another application."""
    own = own_of(crowd)
    alike = own and any(isinstance(port.target, int) and isinstance(suitable(service, place, pods, listeners, dials), str)
                        for place, port in enumerate(service.spec.ports))
    found = tuple(group for group in crowd.groups if alike and not group.declares and not any(
        told_apart(service, group, other) and told_apart(service, other, group) for other in own))
    return Renumbered(found) if found else Irrelevant("no port of the selected Pods has the same name and another number")


@derives
def refusing(
    service: Service, crowd: Crowd, listeners: Listeners, dials: OtherDials | None = None, renumbered: Renumbered | None = None,
) -> Refusing | Irrelevant:
    """What a probe has shown of one Pod holds for its group. A group that shares an image with one that is meant is the same application, in trouble, but
    for a part of it that its label names and that declares no port: the worker of a program whose server is meant."""
    accepting = [group for group in crowd.groups if accepts(group, listeners)]
    meant = accepting or awaited(service, crowd)
    found = tuple(
        group for group in crowd.groups if group not in (*meant, *(renumbered or ())) and all(_foreign(group, other) for other in meant)
        and (tried := tried_of(group, listeners))
        and all(entry.address is False and entry.loopback is not True for entry in tried)
        and ((group.offers and not group.declares) or not any(dials.open(entry.pod) for entry in tried if dials))
    )
    return Refusing(found) if found and meant else Irrelevant("no selected Pods of another application refuse")


def awaited(service: Service, crowd: Crowd) -> tuple[Group, ...]:
    """Those that are meant among the groups that are not ready: they declare the port, or are called as the Service where none does."""
    namesakes = tuple(group for group in crowd.waiting if group.owner.name == service.name)
    return tuple(group for group in crowd.waiting if group.declares) or namesakes


def _foreign(group: Group, meant: Group) -> bool:
    part = not group.offers and meant.declares and any(group.labels[key] != meant.labels[key] for key in naming(group, meant))
    return part or not group.images & meant.images
