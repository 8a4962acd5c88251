"""Endpoints by hand of a Service without selector: connections to them from a client's Pod."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.own_pod import OwnPod
from kubectl_svcdoctor.graph.slices.controllers import family_of
from kubectl_svcdoctor.graph.slices.handmade import HandMade, proxied
from kubectl_svcdoctor.model.endpoints import Endpoint, EndpointPort, EndpointSlice
from kubectl_svcdoctor.model.questions import DialFrom, Dialled, Inside
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant

AT_MOST = 6


class Manual(tuple[tuple[EndpointSlice, Endpoint, EndpointPort], ...]):
    """The ready endpoints by hand to which clients are sent, with each of their ports that has a number; not empty."""


class ManualReplies(dict[DialFrom, Reply]):
    """What became of connections from the vantage to them."""


class TellingManual(dict[DialFrom, Reply]):
    """The same, without what the policies deny to a Pod that was created to ask."""


@derives
def manual(service: Service, slices: HandMade) -> Manual | Irrelevant:
    if service.selector:
        return Irrelevant("a controller writes the Service's endpoints")
    return Manual(_listed(service, slices)) or Irrelevant("nobody has written endpoints by hand")


def _listed(service: Service, slices: HandMade) -> Iterator[tuple[EndpointSlice, Endpoint, EndpointPort]]:
    wanted = {(port.name, port.protocol) for port in service.spec.ports}
    for part in slices:
        for port in part.ports or () if service.headless or proxied(service, part) else ():
            if port.port and (service.headless or (port.name, port.protocol) in wanted):
                yield from ((part, endpoint, port) for endpoint in part.endpoints or () if endpoint.ready)


def tcp(found: Manual) -> list[tuple[str, int]]:
    """The addresses and ports that a connection can try, each once."""
    return list(dict.fromkeys((endpoint.address, port.port) for _, endpoint, port in found
                              if port.protocol == "TCP" and port.port and family_of(endpoint.address)))


@asks(ManualReplies)
def manual_replies(vantage: Inside, found: Manual) -> tuple[DialFrom, ...] | Irrelevant:
    return tuple(DialFrom(vantage, address, port) for address, port in tcp(found))[:AT_MOST] or Irrelevant("no endpoint by hand can be tried over TCP")


@derives
def telling_manual(service: Service, replies: ManualReplies, own: OwnPod | None = None) -> TellingManual:
    return TellingManual(replies if own is None else own.connections(replies, own.reaches(f"the endpoints of Service {service.name}"), service))


def silent(replies: TellingManual) -> dict[tuple[str, int], tuple[DialFrom, Dialled]]:
    """What no connection came about to, by address and port."""
    return {(question.address, question.port): (question, reply) for question, reply in replies.items() if isinstance(reply, Dialled) and not reply.open}
