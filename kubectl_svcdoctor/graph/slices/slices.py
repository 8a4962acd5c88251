"""The EndpointSlices that are there, compared with those that the endpoint slice controller would write.

Only what clients notice counts as a difference: a ready Pod that is not listed, or listed as not ready, or under other ports; an
address that is listed as ready though no Pod has it, or its Pod is not ready. What changed a moment ago is for the controller to catch up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.slices.controllers import ExpectedSlices, canonical, families, slices_of
from kubectl_svcdoctor.model.endpoints import TRIGGER_TIME, Endpoint, EndpointPort, EndpointSlice
from kubectl_svcdoctor.model.evidence import Nodes, Now, SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.finding import Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Pod

SETTLING = 10.0
"""Seconds in which the controller is expected to have followed a change."""


@dataclass(frozen=True, slots=True)
class SliceDifference:
    """How the controller's slices differ from what it would write now; every entry is `address` or `address (Pod name)`.

    `missing`: ready Pods that no slice lists. `waiting`: listed as not ready although the Pod is ready. `ports`: listed under other
    ports than the Pod gives. `dead`: listed as ready without a Pod. `unready`: listed as ready although the Pod is not.
    `serving`: how many endpoints are listed rightly as ready. `absent`: the controller has written no slice at all.
    """

    missing: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    unready: tuple[str, ...] = ()
    serving: int = 0
    absent: bool = False

    def __bool__(self) -> bool:
        return bool(self.missing or self.waiting or self.ports or self.dead or self.unready)

    @property
    def harm(self) -> tuple[Severity, bool]:
        """What it does to clients: all fail, some fail (partial), or only capacity is gone."""
        if not self.serving:
            return Severity.ERROR, False
        misled = bool(self.dead or self.unready)
        return (Severity.ERROR, True) if misled else (Severity.WARNING, False)


class SliceDrift(SliceDifference):
    """The difference once Pods whose node does not exist are left out, as the controller leaves them out."""

    __slots__ = ()


@derives
def slice_difference(
    service: Service, pods: SelectedPods, slices: ServiceSlices, expected: ExpectedSlices, now: Now
) -> SliceDifference:
    """The comparison without a look at the nodes; it decides whether they are worth a request."""
    return _compared(service, pods, slices, expected, now)


@derives
def slice_drift(
    service: Service, pods: SelectedPods, slices: ServiceSlices, now: Now, difference: SliceDifference, nodes: Nodes | None = None
) -> SliceDrift:
    found = difference
    if difference and nodes is not None:
        present = {node.name for node in nodes}
        gone = frozenset(pod.spec.node_name for pod in pods) - present
        found = _compared(service, pods, slices, slices_of(service, pods, gone), now)
    return SliceDrift(found.missing, found.waiting, found.ports, found.dead, found.unready, found.serving, found.absent)


Place = tuple[str, str, frozenset[tuple[str, str, int | None]]]
"""Family, address and set of ports: what proxies tell endpoints apart by. Pods on the host's network may share one."""


def _compared(
    service: Service, pods: Iterable[Pod], slices: Iterable[EndpointSlice], expected: Iterable[EndpointSlice], now: Now
) -> SliceDifference:
    parts = [part for part in slices if part.metadata.deletion_timestamp is None]
    if service.metadata.deletion_timestamp or any(now.seconds_since(moment) < SETTLING for moment in _written(service, parts)):
        return SliceDifference()
    changing = {pod.name for pod in pods if now.seconds_since(last_change(pod)) < SETTLING}
    ours = [part for part in parts if part.by_controller]
    wanted, there = _places(expected), _places([part for part in parts if not part.by_controller]) | _places(ours)
    listed, known = {place[:2] for place in there}, {place[:2] for place in wanted}
    found: dict[str, list[str]] = {"missing": [], "waiting": [], "ports": [], "dead": [], "unready": []}
    for place, endpoint in wanted.items():
        kind = _kind(endpoint, there.get(place), place[:2] in listed)
        if kind and _pod(endpoint) not in changing:
            found[kind].append(_named(endpoint))
    found["dead"] = [_named(endpoint) for place, endpoint in _places(ours).items()
                     if endpoint.ready and not changing and place[0] in families(service) and place[:2] not in known]
    serving = sum(endpoint.ready and place in there and there[place].ready for place, endpoint in wanted.items())
    return SliceDifference(**{kind: tuple(entries) for kind, entries in found.items()}, serving=serving, absent=not ours)


def _places(slices: Iterable[EndpointSlice]) -> dict[Place, Endpoint]:
    """The endpoints by place; of several at one place a ready one."""
    found: dict[Place, Endpoint] = {}
    for part in slices:
        for endpoint in part.endpoints or ():
            place = (part.address_type, canonical(endpoint.address), port_key(part.ports))
            if endpoint.ready or place not in found:
                found[place] = endpoint
    return found


def _kind(wanted: Endpoint, actual: Endpoint | None, listed: bool) -> str:
    """Which difference it is, in the words of SliceDifference; empty for none that a client notices."""
    if actual is None:
        return ("ports" if listed else "missing") if wanted.ready else ""
    if wanted.ready and not actual.ready:
        return "waiting"
    return "unready" if actual.ready and not wanted.ready and not wanted.terminating else ""


def port_key(ports: tuple[EndpointPort, ...] | None) -> frozenset[tuple[str, str, int | None]]:
    """What tells two sets of ports apart, whatever their order (NewPortMapKey)."""
    return frozenset((port.name, port.protocol, port.port) for port in ports or ())


def last_change(pod: Pod) -> datetime | None:
    """When the Pod last changed in a way that the controller follows: made, readiness, begin of its deletion."""
    meta = pod.metadata
    moments = [meta.creation_timestamp, *(entry.last_transition_time for entry in pod.status.conditions), deletion_began(pod)]
    return max((moment for moment in moments if moment), default=None)


def deletion_began(pod: Pod) -> datetime | None:
    """deletionTimestamp is when the grace period ends; this is when it began."""
    ends, grace = pod.metadata.deletion_timestamp, pod.metadata.deletion_grace_period_seconds or 0
    if ends is None or not 0 <= grace < ends.timestamp():
        return None  # a grace period of more than half a century was meant as "for ever", and tells nothing
    return ends - timedelta(seconds=grace)


def _written(service: Service, slices: Iterable[EndpointSlice]) -> list[datetime]:
    """When Service and slices were made and last written."""
    found: list[datetime | None] = []
    for meta in (service.metadata, *(part.metadata for part in slices)):
        found += [meta.creation_timestamp, instant(meta.annotations.get(TRIGGER_TIME, ""))]
        found += [entry.time for entry in meta.managed_fields if entry.subresource != "status"]
    return [moment for moment in found if moment]


def instant(text: str) -> datetime | None:
    """The annotation is Go's RFC 3339 with nanoseconds; anything else is as good as absent."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _pod(endpoint: Endpoint) -> str:
    return endpoint.target_ref.name if endpoint.target_ref else ""


def _named(endpoint: Endpoint) -> str:
    return f"{endpoint.address} (Pod {_pod(endpoint)})" if _pod(endpoint) else endpoint.address
