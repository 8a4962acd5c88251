"""The Services of the same cluster that an ExternalName leads to, link by link: one may be an ExternalName itself."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query

USUAL_DOMAIN = "cluster.local"


@dataclass(frozen=True, slots=True)
class Target:
    """The Service that an external name spells: `<name>.<namespace>.svc`, with or without the cluster's domain."""

    name: str
    namespace: str
    domain: str

    @property
    def dns(self) -> str:
        """The whole name: a CNAME is absolute, so without a domain it would resolve nowhere."""
        return f"{self.name}.{self.namespace}.svc.{self.domain or USUAL_DOMAIN}"

    @property
    def here(self) -> bool:
        """Whether the name is one of this cluster for all that is usual; other domains may be another cluster's (clusterset.local, for one)."""
        return self.domain in ("", USUAL_DOMAIN)


class TargetService(tuple[Service, ...]):
    """The Service of that name: one, or none."""


class SecondTarget(tuple[Service, ...]):
    """Where that one is an ExternalName: the Service that it names, or none."""


class ThirdTarget(tuple[Service, ...]):
    """The one after that."""


class FourthTarget(tuple[Service, ...]):
    """The last that is read: nobody builds longer chains on purpose."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The ExternalNames from the examined Service on, each leading to the next. `end` is what the last of them spells, None outside the cluster;
    `last` the Service of that name, None where it does not exist. `unread`: what is there is not known, since it was not read."""

    links: tuple[Service, ...]
    end: Target | None
    last: Service | None = None
    unread: bool = False

    @property
    def loop(self) -> tuple[Service, ...]:
        """The links that lead back to the first of these; empty where there is no loop."""
        refs = [link.ref for link in self.links]
        return self.links[refs.index(self.last.ref):] if self.last and self.last.ref in refs else ()

    @property
    def way(self) -> str:
        """` over Service shop/front` for a sentence; empty where the first link leads to the end."""
        between = [f"{link.namespace}/{link.name}" for link in self.links[1:]]
        return f" over Service{'s' if between[1:] else ''} {', '.join(between)}" if between else ""


class TargetSlices(tuple[EndpointSlice, ...]):
    """The EndpointSlices of the Service at the end: without a ready endpoint its clients get nothing, whatever name they came by. Where there is no such
    Service, those of the first of its namesakes, which may be the one that is meant."""


class TargetNamesakes(tuple[Service, ...]):
    """Services of the end's name in all namespaces; read only when there is none where the name says."""


def spelled(service: Service) -> Target | None:
    """A name with `svc` as its third label is one of the cluster's (Kubernetes DNS specification 1.1, section 2.3)."""
    labels = service.spec.external_name.rstrip(".").split(".")
    return Target(labels[0], labels[1], ".".join(labels[3:])) if service.external and len(labels) > 2 and labels[2] == "svc" else None


@derives
def target(service: Service) -> Target | Irrelevant:
    return spelled(service) or Irrelevant("the Service does not name another one of the cluster")


@asks(TargetService)
def target_service(target: Target) -> Query[Service]:
    return Query(Service, target.namespace, target.name)


@asks(SecondTarget)
def second_target(service: Service, found: TargetService) -> Query[Service] | Irrelevant:
    return _next((service, *found), found)


@asks(ThirdTarget)
def third_target(service: Service, found: TargetService, second: SecondTarget) -> Query[Service] | Irrelevant:
    return _next((service, *found, *second), second)


@asks(FourthTarget)
def fourth_target(service: Service, found: TargetService, second: SecondTarget, third: ThirdTarget) -> Query[Service] | Irrelevant:
    return _next((service, *found, *second, *third), third)


def _next(known: tuple[Service, ...], found: tuple[Service, ...]) -> Query[Service] | Irrelevant:
    """The Service that the one that was found last names, where that is not known yet."""
    further = spelled(found[0]) if found else None
    if further is None or any((link.namespace, link.name) == (further.namespace, further.name) for link in known):
        return Irrelevant("the chain of ExternalNames has ended")
    return Query(Service, further.namespace, further.name)


@derives
def chain(
    service: Service, target: Target, found: TargetService, second: SecondTarget | None = None, third: ThirdTarget | None = None,
    fourth: FourthTarget | None = None,
) -> Chain:
    """The chain as far as it was read."""
    links, end = [service], target
    for part in (found, second, third, fourth):
        again = next((link for link in links if (link.namespace, link.name) == (end.namespace, end.name)), None)
        last = again or (part[0] if part else None)
        further = None if last is None or again else spelled(last)
        if last is None or again or not last.external:
            return Chain(tuple(links), end, last, unread=last is None and part is None)
        links.append(last)
        if further is None:
            return Chain(tuple(links), None)
        end = further
    return Chain(tuple(links), end, unread=True)


@asks(TargetSlices)
def target_slices(chain: Chain, namesakes: TargetNamesakes | None = None) -> Query[EndpointSlice] | Irrelevant:
    known = (chain.last,) if chain.last else tuple(sorted(namesakes or (), key=lambda service: service.namespace))
    if not known or known[0].external:
        return Irrelevant("the target has no endpoints, or does not exist")
    return Query(EndpointSlice, known[0].namespace, labels=((SERVICE_NAME, known[0].name),))


@asks(TargetNamesakes)
def target_namesakes(chain: Chain) -> Query[Service] | Irrelevant:
    if chain.last or chain.end is None or chain.unread:
        return Irrelevant("the target exists, or is not known")
    return Query(Service, fields=(("metadata.name", chain.end.name),))
