"""What nodes answer by way of the API server's node proxy: only the API server's own words about its own try are a refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import cast

import pytest

from kubectl_svcdoctor.collect.connection import Connection, Response
from kubectl_svcdoctor.model.node_ports import Believed, DialNode, LocalEndpoints
from kubectl_svcdoctor.model.questions import Dialled
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import nodes
from kubectl_svcdoctor.probe.asking import Means


class Answering:
    """A connection that gives one answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.response = Response(status, body, datetime.now(UTC))

    def get(self, path: str, timeout: float | None = None) -> Response:
        assert path == "/api/v1/nodes/node1:30080/proxy/" and timeout
        return self.response


def status(message: str, code: int = 503) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}).encode()


REFUSED = status("error trying to reach service: dial tcp 192.0.2.11:30080: connect: connection refused")


def asked(question: DialNode | LocalEndpoints, code: int, body: bytes) -> Reply:
    means = Means(cast(Connection, Answering(code, body)))
    replies = nodes.dialled(means, [question]) if isinstance(question, DialNode) else nodes.believed(means, [question])
    return replies[question]  # type: ignore[index]


@pytest.mark.parametrize(("code", "body", "opened"), [
    (200, b"hello", True), (404, b"404 page not found", True), (503, REFUSED, False),
    (503, status("error trying to reach service: dial tcp 192.0.2.11:30080: i/o timeout"), None),
    (403, status('nodes "node1" is forbidden: User "dev" cannot get resource "nodes/proxy"', 403), None),
])
def test_what_an_answer_says_of_a_node_port(code: int, body: bytes, opened: bool | None) -> None:
    reply = asked(DialNode("node1", 30080), code, body)
    assert isinstance(reply, Unknown) if opened is None else isinstance(reply, Dialled) and reply.open is opened


@pytest.mark.parametrize(("code", "body", "believed"), [
    # kube-proxy, pkg/proxy/healthcheck/service_health.go
    (200, b'{"service": {"namespace": "shop", "name": "web"}, "localEndpoints": 2, "serviceProxyHealthy": true}', Believed(200, 2)),
    (503, b'{"service": {"namespace": "shop", "name": "web"}, "localEndpoints": 0, "serviceProxyHealthy": true}', Believed(503, 0)),
    (200, b"ok", Believed(200, -1)), (200, b"[1]", Believed(200, -1)), (503, REFUSED, Believed(0, -1, "connection refused")),
    (403, status("forbidden", 403), None), (503, status("error trying to reach service: context deadline exceeded"), None),
])
def test_what_a_node_believes_of_its_endpoints(code: int, body: bytes, believed: Believed | None) -> None:
    reply = asked(LocalEndpoints("node1", 30080), code, body)
    assert reply == believed if believed else isinstance(reply, Unknown)
