"""EndpointSlices whose writer has gone, or was never the endpoint slice controller: which of their addresses still belong to a Pod."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from kubectl_svcdoctor.graph.controllers import canonical
from kubectl_svcdoctor.graph.handmade import HandMade, mirrored
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices import SETTLING
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.endpoints import LEADER, SKIP_MIRROR, Endpoint, Endpoints, EndpointSlice
from kubectl_svcdoctor.model.evidence import Nodes, Now, SelectedPods, ServiceEndpoints, ServiceSlices
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Leftovers(tuple[EndpointSlice, ...]):
    """Slices with endpoints that the controller wrote for a selector which is no longer there."""


@derives
def leftovers(service: Service, slices: ServiceSlices) -> Leftovers | Irrelevant:
    if service.selector or service.external:
        return Irrelevant("a controller writes the Service's slices, or nobody does")
    return Leftovers(part for part in slices if part.by_controller and part.endpoints and not _taken_over(part))


def _taken_over(part: EndpointSlice) -> bool:
    """Whether somebody else than the slice's maker now writes its endpoints (managedFields): addressType keeps its first owner."""
    owners = {field: {entry.manager for entry in part.metadata.managed_fields if field in entry.fields}
              for field in ("f:endpoints", "f:addressType")}
    return bool(owners["f:addressType"]) and not owners["f:endpoints"] <= owners["f:addressType"]


class LeftoverPods(tuple[Pod, ...]):
    """All Pods of the namespace; read only when slices were left over from a selector."""


@asks(LeftoverPods)
def leftover_pods(service: Service, left: Leftovers) -> Query[Pod] | Irrelevant:
    return Query(Pod, service.namespace) if left else Irrelevant("no slices were left over")


class Strangers(tuple[tuple[EndpointSlice, Endpoint], ...]):
    """Ready endpoints of slices by others beside the controller's, which claim to be Pods: they name one, or lie in a node's Pod range.

    Pods that the selector matches are not among them.
    """


@derives
def strangers(service: Service, slices: HandMade, pods: SelectedPods, nodes: Nodes | None = None) -> Strangers:
    ranges = _pod_ranges(nodes or ())
    return Strangers((part, endpoint) for part, endpoint in foreign(slices, pods) if _names_pod(endpoint) or _within(endpoint, ranges))


def foreign(slices: HandMade, pods: SelectedPods) -> list[tuple[EndpointSlice, Endpoint]]:
    """Ready endpoints by others with an address that no selected Pod has."""
    own = {canonical(address) for pod in pods if not pod.finished for address in pod.addresses}
    return [(part, endpoint) for part in slices if not mirrored(part) for endpoint in part.endpoints or ()
            if endpoint.ready and canonical(endpoint.address) not in own]


class StrangersPods(tuple[Pod, ...]):
    """The Pods that strangers may belong to: those of the namespace, or of all where an address alone must tell."""


@asks(StrangersPods)
def strangers_pods(service: Service, found: Strangers) -> Query[Pod] | Irrelevant:
    if not found:
        return Irrelevant("no slice by others lists addresses of Pods")
    return Query(Pod, service.namespace if all(_names_pod(endpoint) for _, endpoint in found) else None)


def dead(endpoint: Endpoint, pods: Iterable[Pod]) -> bool:
    """Whether no living Pod has the endpoint's address."""
    return not any(canonical(endpoint.address) in map(canonical, pod.addresses) for pod in pods if not pod.finished)


def _names_pod(endpoint: Endpoint) -> bool:
    return endpoint.target_ref is not None and endpoint.target_ref.kind == "Pod"


def _pod_ranges(nodes: Iterable[Node]) -> list[Network]:
    ranges = [entry for node in nodes for entry in (node.spec.pod_cidrs or (node.spec.pod_cidr,))]
    return [ipaddress.ip_network(entry, strict=False) for entry in ranges if entry]


def _within(endpoint: Endpoint, ranges: list[Network]) -> bool:
    try:
        return any(ipaddress.ip_address(endpoint.address) in entry for entry in ranges)
    except ValueError:
        return False


class Unmirrored(tuple[Endpoints, ...]):
    """The hand-made Endpoints that the mirroring controller should have copied into slices and has not: one, or none."""


@derives
def unmirrored(service: Service, endpoints: ServiceEndpoints, slices: ServiceSlices, now: Now) -> Unmirrored:
    if service.selector or any(part.endpoints for part in slices):
        return Unmirrored()
    moments = [entry.metadata.creation_timestamp for entry in (service, *endpoints)]
    if any(now.seconds_since(moment) < SETTLING for moment in moments if moment):
        return Unmirrored()
    return Unmirrored(entry for entry in endpoints if listed(entry) and not refused(entry))


def listed(endpoints: Endpoints) -> int:
    """How many addresses the object has, ready or not."""
    return sum(len(subset.addresses) + len(subset.not_ready_addresses) for subset in endpoints.subsets)


def refused(endpoints: Endpoints) -> str:
    """The label or annotation that keeps the mirroring controller away (shouldMirror), or empty."""
    if endpoints.labels.get(SKIP_MIRROR) == "true":
        return f"label {SKIP_MIRROR}=true"
    return f"annotation {LEADER}" if LEADER in endpoints.metadata.annotations else ""
