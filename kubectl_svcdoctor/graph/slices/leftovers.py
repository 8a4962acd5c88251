"""EndpointSlices that the controller left behind when a selector was removed, and Endpoints that are not mirrored."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.graph.slices.slices import SETTLING
from kubectl_svcdoctor.model.endpoints import LEADER, SKIP_MIRROR, Endpoint, Endpoints, EndpointSlice
from kubectl_svcdoctor.model.evidence import Now, ServiceEndpoints, ServiceSlices
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod


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


def dead(endpoint: Endpoint, pods: Iterable[Pod]) -> bool:
    """Whether no living Pod has the endpoint's address."""
    return not any(canonical(endpoint.address) in map(canonical, pod.addresses) for pod in pods if not pod.finished)


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
