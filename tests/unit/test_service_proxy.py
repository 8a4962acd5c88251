"""What kube-proxy's health endpoint says, by way of the API server: who answered, and whether its rules are up to date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from kubectl_svcdoctor.collect.connection import Connection, Response, TimedOut
from kubectl_svcdoctor.model.service_proxy import AskProxy, ProxyState
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.service_proxy import reply

NOW, BEFORE = "2026-11-02T12:00:00.123456789Z", "2026-11-02T11:57:00.123456789Z"


class Answering:
    """A connection that gives one answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.response = Response(status, body, datetime.now(UTC))

    def get(self, path: str, timeout: float | None = None) -> Response:
        assert path == "/api/v1/nodes/node1:10256/proxy/healthz"
        return self.response


class Silent:
    def get(self, path: str, timeout: float | None = None) -> Response:
        raise TimedOut("no answer")


def told(status: int, body: Any) -> ProxyState | Unknown:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return reply(cast(Connection, Answering(status, raw)), AskProxy("node1"))


def failure(message: str, code: int = 503) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


@pytest.mark.parametrize(("status", "body", "state"), [
    (200, {"lastUpdated": NOW, "currentTime": NOW, "nodeEligible": True}, ProxyState()),
    (200, {"lastUpdated": NOW, "currentTime": NOW, "healthy": True, "status": {"IPv4": {"lastUpdated": BEFORE, "healthy": True}}}, ProxyState(ipv4=180.0)),
    (503, {"lastUpdated": BEFORE, "currentTime": NOW, "nodeEligible": True}, ProxyState("late", 180.0)),
    (503, {"lastUpdated": NOW, "currentTime": NOW, "healthy": False, "status": {
        "IPv4": {"lastUpdated": NOW, "healthy": True}, "IPv6": {"lastUpdated": BEFORE, "healthy": False}}}, ProxyState("late", 180.0, ipv4=0.0, ipv6=180.0)),
    (503, {"lastUpdated": "0001-01-01T00:00:00Z", "currentTime": NOW, "healthy": False}, ProxyState("late", -1.0)),
    (503, {"lastUpdated": 7, "currentTime": NOW, "healthy": False, "status": ["?"]}, ProxyState("late", -1.0)),
    # A node that the autoscaler removes: kube-proxy says 503 so that load balancers leave it, and its rules are as they should be.
    (503, {"lastUpdated": NOW, "currentTime": NOW, "nodeEligible": False}, ProxyState()),
    (503, {"lastUpdated": NOW, "currentTime": NOW, "nodeEligible": False, "healthy": True}, ProxyState()),
    (200, b"ok", ProxyState("foreign", words="HTTP status 200")),
    (200, ["currentTime"], ProxyState("foreign", words="HTTP status 200")),
    (200, {"currentTime": "2026-11-02T12:00:00"}, ProxyState("foreign", words="HTTP status 200")),
    (404, b"404 page not found", ProxyState("foreign", words="HTTP status 404")),
])
def test_what_kube_proxy_says(status: int, body: Any, state: ProxyState) -> None:
    assert told(status, body) == state


def test_a_refusal_is_the_nodes_and_whatever_else_fails_tells_nothing() -> None:
    refused = told(503, failure("error trying to reach service: dial tcp 192.0.2.11:10256: connect: connection refused"))
    assert isinstance(refused, ProxyState) and refused.outcome == "refused" and not refused.ours
    for words in ("error trying to reach service: dial tcp 192.0.2.11:10256: i/o timeout", 'nodes "node1" not found', ""):
        unseen = told(503, failure(words))
        assert isinstance(unseen, Unknown) and not unseen.withheld and "node1" in unseen.detail
    silent = reply(cast(Connection, Silent()), AskProxy("node1"))
    assert isinstance(silent, Unknown) and not silent.withheld and "node1" in silent.detail


def test_without_the_right_it_is_not_checked_in_the_same_words_for_each_node() -> None:
    replies = {reply(cast(Connection, Forbidding()), AskProxy(node)) for node in ("node1", "node2")}
    [unseen] = replies
    assert isinstance(unseen, Unknown) and not unseen.withheld and "nodes/proxy" in unseen.unlock


class Forbidding:
    """A connection that may not ask."""

    def get(self, path: str, timeout: float | None = None) -> Response:
        return Response(403, json.dumps(failure(f"forbidden: {path}", 403)).encode(), datetime.now(UTC))
