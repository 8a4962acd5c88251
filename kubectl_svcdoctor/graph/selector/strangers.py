"""Which of several workloads behind one selector are of another application: by their owners, ports, labels and images, and by what probes found."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.ports.listeners import Listener, Listeners
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.selector.comparison import IDENTITY, coloured
from kubectl_svcdoctor.graph.selector.crowd import Crowd, Group, telling
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant


@dataclass(frozen=True, slots=True)
class OtherApplications:
    """Pods of other workloads that are probably picked by accident.

    `apart`: they do not declare what all `own` Pods declare, and get no request for it, have none of their images, or are another part by their labels.
    Otherwise they declare it, and are another application by their labels and images: a suspicion. `asked`: requests reach them; they do not where all that
    they lack is the named port of a ClusterIP Service, since their slice has no port then. `telling`: a pair that all own Pods have and none of the others has.
    """

    own: tuple[Group, ...]
    others: tuple[Group, ...]
    apart: bool
    asked: bool
    telling: tuple[str, str] | None


class Undeclared(tuple[Group, ...]):
    """Groups that declare no port at all, beside some that declare the Service's, with nothing else that tells what they are, and none of which was tried: a
    canary that serves, or a worker that does not."""


@derives
def other_applications(service: Service, crowd: Crowd) -> OtherApplications | Irrelevant:
    """Irrelevant for several workloads that serve the same on purpose (canary, blue and green, primary and replica).

    Declared ports inform and do not bind: Pods that declare none at all may serve any, but for those of a Job, and of another part of the application.
    """
    own = own_of(crowd)
    if not own:
        return Irrelevant("no selected Pod declares the Service's ports, and undeclared ports work")
    images = frozenset[str]().union(*(group.images for group in own))
    asked = _asked(service)
    apart = tuple(
        group for group in crowd.groups if not group.declares and (not asked or all(_part(service, group, other) for other in own) or (
            not group.images & images and (group.offers or group.owner.kind == "Job")))
    )
    if apart:
        return OtherApplications(own, apart, True, asked, telling(own, apart))
    # The Service's namesake is meant, whether it is ready or not.
    chosen = max(own, key=lambda group: (group.owner.name == service.name, group in crowd.groups, len(group.pods), group.owner))
    others = tuple(group for group in own if group in crowd.groups and group is not chosen and _another(service, chosen, group))
    if not others:
        return Irrelevant("the selected Pods serve the same")
    kept = tuple(group for group in own if group not in others)
    return OtherApplications(kept, others, False, True, telling(kept, others))


@derives
def undeclared(service: Service, crowd: Crowd, found: OtherApplications | None = None, listeners: Listeners | None = None) -> Undeclared | Irrelevant:
    """Where ports have names, no request goes to Pods that declare none; what is no TCP cannot be tried of any Pod."""
    own, told = own_of(crowd), found.others if found else ()
    left = [group for group in crowd.groups if not group.offers and group not in told
            and not (listeners and any(entry.address is not None for entry in tried_of(group, listeners)))]
    tcp = any(port.protocol == "TCP" and isinstance(port.target, int) for port in service.spec.ports)
    if not (left and own and tcp):
        return Irrelevant("all selected Pods declare ports, were tried, or stand beside none that declares the Service's")
    return Undeclared(left)


def own_of(crowd: Crowd) -> tuple[Group, ...]:
    """The groups that declare a target of the Service, ready or not."""
    return tuple(group for group in (*crowd.groups, *crowd.waiting) if group.declares)


def _asked(service: Service) -> bool:
    """A named targetPort is found by its declaration alone; behind a number, Pods that declare nothing may listen."""
    return service.headless or any(isinstance(port.target, int) for port in service.spec.ports)


def _part(service: Service, group: Group, meant: Group) -> bool:
    """Whether it is another part of the application, such as a worker: it declares no port at all, and a label that names the part tells it apart."""
    return not group.offers and told_apart(service, group, meant)


def told_apart(service: Service, group: Group, meant: Group) -> bool:
    """Whether a label that names the application, or a part of it, tells the group apart. One that is called a version (canary, blue, v2) is meant to serve
    the same."""
    values = [(group.labels[key], meant.labels[key]) for key in naming(group, meant) if key not in service.selector]
    version = any(coloured(value) for value in (group.owner.name, *(value for value, _ in values)))
    return not version and any(value != other for value, other in values)


def accepts(group: Group, listeners: Listeners) -> bool:
    """Whether a Pod of the group was found to accept connections on a port that the Service targets."""
    return any(entry.address for entry in tried_of(group, listeners))


def tried_of(group: Group, listeners: Listeners) -> list[Listener]:
    """What was found out of the group's Pods."""
    names = {pod.name for pod in group.pods}
    return [entry for entry in listeners if entry.pod.name in names]


def _another(service: Service, one: Group, other: Group) -> bool:
    """Whether two groups that both declare the port are different applications: nothing of their images is the same, and a label says so."""
    return not one.images & other.images and any(one.labels[key] != other.labels[key] for key in naming(one, other) if key not in service.selector)


def naming(one: Group, other: Group) -> list[str]:
    """The label keys that say which application it is, as far as both have them; the most telling first."""
    return [key for key in IDENTITY if key in one.labels and key in other.labels]
