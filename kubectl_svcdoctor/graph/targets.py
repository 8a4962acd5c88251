"""The Service of the same cluster that an ExternalName points to."""

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


class TargetSlices(tuple[EndpointSlice, ...]):
    """Its EndpointSlices: without a ready endpoint its clients get nothing, whatever name they came by. Where there is no such Service, those of
    the first of its namesakes, which may be the one that is meant."""


class TargetNamesakes(tuple[Service, ...]):
    """Services of the target's name in all namespaces; read only when there is none where the name says."""


@derives
def target(service: Service) -> Target | Irrelevant:
    """A name with `svc` as its third label is one of the cluster's (Kubernetes DNS specification 1.1, section 2.3)."""
    labels = service.spec.external_name.rstrip(".").split(".")
    if not service.external or len(labels) < 3 or labels[2] != "svc":
        return Irrelevant("the Service does not name another one of the cluster")
    return Target(labels[0], labels[1], ".".join(labels[3:]))


@asks(TargetService)
def target_service(target: Target) -> Query[Service]:
    return Query(Service, target.namespace, target.name)


@asks(TargetSlices)
def target_slices(target: Target, found: TargetService, namesakes: TargetNamesakes | None = None) -> Query[EndpointSlice] | Irrelevant:
    known = found or tuple(sorted(namesakes or (), key=lambda service: service.namespace))
    if not known or known[0].external:
        return Irrelevant("the target has no endpoints, or does not exist")
    return Query(EndpointSlice, known[0].namespace, labels=((SERVICE_NAME, target.name),))


@asks(TargetNamesakes)
def target_namesakes(target: Target, found: TargetService) -> Query[Service] | Irrelevant:
    if found:
        return Irrelevant("the target exists")
    return Query(Service, fields=(("metadata.name", target.name),))
