"""Slices by other writers beside those of the endpoint slice controller: whose are the addresses that no selected Pod has?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.own_pod import OwnPod
from kubectl_svcdoctor.graph.slices.controllers import canonical, family_of
from kubectl_svcdoctor.graph.slices.handmade import HandMade, mirrored
from kubectl_svcdoctor.graph.slices.leftovers import dead
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.endpoints import Endpoint, EndpointSlice
from kubectl_svcdoctor.model.evidence import Nodes, SelectedPods
from kubectl_svcdoctor.model.questions import DialFrom, Inside
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod

OUTSIDE_AT_MOST = 6
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ForeignEndpoints(tuple[tuple[EndpointSlice, Endpoint], ...]):
    """Ready endpoints of slices by others, beside the controller's, with an address that no selected Pod has."""


@derives
def foreign_endpoints(slices: HandMade, pods: SelectedPods) -> ForeignEndpoints:
    return ForeignEndpoints(foreign(slices, pods))


def foreign(slices: HandMade, pods: SelectedPods) -> list[tuple[EndpointSlice, Endpoint]]:
    """Ready endpoints by others with an address that no selected Pod has."""
    own = {canonical(address) for pod in pods if not pod.finished for address in pod.addresses}
    return [(part, endpoint) for part in slices if not mirrored(part) for endpoint in part.endpoints or ()
            if endpoint.ready and canonical(endpoint.address) not in own]


class ForeignPods(tuple[Pod, ...]):
    """The Pods that foreign endpoints may belong to: those of the namespace that they all name, or of all where an address alone must tell."""


@asks(ForeignPods)
def foreign_pods(service: Service, found: ForeignEndpoints) -> Query[Pod] | Irrelevant:
    if not found:
        return Irrelevant("no slice by others lists further addresses")
    spaces = {named_pod(part, endpoint)[0] for part, endpoint in found}
    return Query(Pod, spaces.pop() if len(spaces) == 1 and "" not in spaces else None)


def named_pod(part: EndpointSlice, endpoint: Endpoint) -> tuple[str, str, str]:
    """Namespace, name and uid of the Pod that an endpoint names in its targetRef, which may lie in another namespace; empty where it names none."""
    ref = endpoint.target_ref
    return (ref.namespace or part.namespace, ref.name, ref.uid) if ref and ref.kind == "Pod" else ("", "", "")


class Unowned(tuple[tuple[EndpointSlice, Endpoint], ...]):
    """Foreign endpoints that claim to be Pods and are none: they name one that is gone, or no Pod has their address, which lies in a node's Pod network."""


class Outside(tuple[tuple[EndpointSlice, Endpoint], ...]):
    """Foreign endpoints with an address that no Pod and no node has, and that lies in no node's Pod network: mostly hosts outside of the cluster."""


@derives
def unowned(found: ForeignEndpoints, pods: ForeignPods, nodes: Nodes | None = None) -> Unowned:
    ranges = _pod_ranges(nodes or ())
    return Unowned((part, endpoint) for part, endpoint in found if dead(endpoint, pods) and _claims(part, endpoint, pods, ranges))


@derives
def outside(found: ForeignEndpoints, pods: ForeignPods, nodes: Nodes) -> Outside:
    ranges, owned = _pod_ranges(nodes), {canonical(entry.address) for node in nodes for entry in node.status.addresses}
    return Outside((part, endpoint) for part, endpoint in found if dead(endpoint, pods) and canonical(endpoint.address) not in owned
                   and not named_pod(part, endpoint)[1] and not _within(endpoint, ranges))


def _claims(part: EndpointSlice, endpoint: Endpoint, pods: Iterable[Pod], ranges: list[Network]) -> bool:
    """A Pod that exists may have further addresses, on networks that its status does not list; its predecessor of the same name may not."""
    space, name, uid = named_pod(part, endpoint)
    if not name:
        return _within(endpoint, ranges)
    alive = any((pod.namespace, pod.name) == (space, name) and uid in ("", pod.metadata.uid) for pod in pods if not pod.finished)
    return not alive or (not uid and _within(endpoint, ranges))


class OutsideReplies(dict[DialFrom, Reply]):
    """What became of connections from the vantage to addresses outside of the cluster."""


@asks(OutsideReplies)
def outside_replies(vantage: Inside, found: Outside) -> tuple[DialFrom, ...] | Irrelevant:
    questions = [DialFrom(vantage, endpoint.address, port.port) for part, endpoint in found for port in part.ports or ()
                 if port.protocol == "TCP" and port.port and family_of(endpoint.address)]
    return tuple(dict.fromkeys(questions))[:OUTSIDE_AT_MOST] or Irrelevant("no foreign endpoint lies outside of the cluster")


class TellingOutside(dict[DialFrom, Reply]):
    """The same, without what the policies deny to a Pod that was created to ask."""


@derives
def telling_outside(service: Service, replies: OutsideReplies, own: OwnPod | None = None) -> TellingOutside:
    return TellingOutside(replies if own is None else own.connections(replies, own.reaches(f"the endpoints of Service {service.name}"), service))


def _pod_ranges(nodes: Iterable[Node]) -> list[Network]:
    ranges = [entry for node in nodes for entry in (node.spec.pod_cidrs or (node.spec.pod_cidr,))]
    return [ipaddress.ip_network(entry, strict=False) for entry in ranges if entry]


def _within(endpoint: Endpoint, ranges: list[Network]) -> bool:
    try:
        return any(ipaddress.ip_address(endpoint.address) in entry for entry in ranges)
    except ValueError:
        return False
