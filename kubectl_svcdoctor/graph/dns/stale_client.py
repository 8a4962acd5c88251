"""Addresses that a client still calls although no Pod has them any more."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.questions import Looked
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Knocking:
    """A connection that the client has asked for and nobody answers: to a port of the headless Service, at an address that is none of its endpoints."""

    address: str
    port: int
    current: tuple[str, ...]


class PodsAtAddress(tuple[Pod, ...]):
    """The Pods of all namespaces that have that address; read only where a client calls one that is no endpoint."""


@derives
def knocking(service: Service, slices: ServiceSlices, seen: Looked) -> Knocking | Irrelevant:
    ports = {port.port for part in slices for port in part.ports or () if port.port}
    known = {address for part in slices for endpoint in part.endpoints or () for address in endpoint.addresses}
    current = tuple(sorted({address for part in slices for endpoint in part.endpoints or () if endpoint.ready for address in endpoint.addresses}))
    for text in seen.knocking if service.headless else ():
        address, _, port = text.rpartition(":")
        address = address.strip("[]")
        if int(port) in ports and address not in known and any(_near(address, other) for other in known):
            return Knocking(address, int(port), current)
    return Irrelevant("no connection of the client to such a port waits for an answer")


def _near(address: str, other: str) -> bool:
    """Whether an address looks like one of the cluster's Pods: the first half of it is that of an endpoint's."""
    mark, parts = (":", 4) if ":" in address else (".", 2)
    return address.split(mark)[:parts] == other.split(mark)[:parts]


@asks(PodsAtAddress)
def pods_at_address(call: Knocking) -> Query[Pod]:
    return Query(Pod, None, fields=(("status.podIP", call.address),))
