"""What each node says at a Service's healthCheckNodePort, held against the endpoints that it has."""

from __future__ import annotations

from kubectl_svcdoctor.graph.nodeport.doors import Local
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.hops import Status
from kubectl_svcdoctor.model.node_ports import Believed, LocalEndpoints
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.table import Cell, Row, Table

NODES_AT_MOST = 4


class BeliefReplies(dict[LocalEndpoints, Reply]):
    """What the nodes said, those first that have an endpoint."""


class Beliefs(dict[str, Believed]):
    """The same by the node's name, of those that answered."""


class BeliefTable(Table):
    """Nodes × (endpoint there, what the node says)."""


@asks(BeliefReplies)
def belief_replies(service: Service, local: Local) -> tuple[LocalEndpoints, ...] | Irrelevant:
    """The API server gives such a port to load balancers alone."""
    port = service.spec.health_check_node_port
    chosen = (*local.serving, *local.dropping)[:NODES_AT_MOST]
    return tuple(LocalEndpoints(node, port) for node in chosen) if port and chosen else Irrelevant("the Service has no healthCheckNodePort")


@derives
def beliefs(replies: BeliefReplies) -> Beliefs:
    return Beliefs({question.node: reply for question, reply in replies.items() if isinstance(reply, Believed)})


@derives
def belief_table(service: Service, local: Local, beliefs: Beliefs) -> BeliefTable:
    rows = tuple(Row(node, (Cell("yes" if node in local.serving else "no"), Cell(_said(told), _status(told, node in local.serving))))
                 for node, told in beliefs.items())
    return BeliefTable(f"healthCheckNodePort {service.spec.health_check_node_port}", ("node", "endpoint there", "says"), rows, hops=frozenset({"nodeport"}))


def agrees(told: Believed, serving: bool) -> bool:
    """Whether a load balancer that asks this node is told what is so."""
    return (told.status == 200) is serving


def _said(told: Believed) -> str:
    if not told.status:
        return told.words
    return f"{told.status}" + (f", {told.local_endpoints} endpoint{'' if told.local_endpoints == 1 else 's'}" if told.local_endpoints >= 0 else "")


def _status(told: Believed, serving: bool) -> Status:
    return "ok" if agrees(told, serving) else "broken" if serving else "degraded"
