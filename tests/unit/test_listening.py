"""What an answer by way of the API server says about a port: only the API server's own words about its own try are a refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import cast

import pytest

from kubectl_svcdoctor.collect.connection import Connection, Response
from kubectl_svcdoctor.graph.ports.dialled import Dials, Representatives
from kubectl_svcdoctor.graph.ports.listeners import listeners
from kubectl_svcdoctor.graph.ports.policed import IngressPolicies, telling
from kubectl_svcdoctor.model.meta import ObjectMeta, TracedMeta
from kubectl_svcdoctor.model.policy import LabelSelector, NetworkPolicy, NetworkPolicySpec
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe import listening

PROXY = Dial("shop", "web-0", "node1", 8080, "pod-proxy")
FORWARD = Dial("shop", "web-0", "node1", 8080, "port-forward")
OPEN, CLOSED, NOT_TOLD = "open", "closed", "not told"


class Answering:
    """A connection that gives one answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.response = Response(status, body, datetime.now(UTC))

    def get(self, path: str, timeout: float | None = None) -> Response:
        assert path == "/api/v1/namespaces/shop/pods/web-0:8080/proxy/"
        return self.response


def status(message: str, code: int = 503, **more: str) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code, **more}).encode()


@pytest.mark.parametrize(("code", "body", "means"), [
    (503, status("error trying to reach service: dial tcp 10.244.1.11:8080: connect: connection refused"), CLOSED),
    (503, b"cannot get stock: dial tcp 10.0.0.9:5432: connection refused", OPEN),
    (503, b'{"message": "connection refused"}', OPEN),
    (503, b'{"kind": "Error", "apiVersion": "v1", "message": "error trying to reach service: connection refused"}', OPEN),
    (503, status("error trying to reach service: dial tcp 10.244.1.11:8080: connect: no route to host"), NOT_TOLD),
    (503, status("error trying to reach service: net/http: HTTP/1.x transport connection broken: malformed HTTP response"), OPEN),
    (404, status('pods "web-0" not found', 404, reason="NotFound"), NOT_TOLD),
    (404, b"404 page not found", OPEN),
    (401, status("Unauthorized", 401), NOT_TOLD),
    (403, status('pods "web-0" is forbidden: User "dev" cannot get resource "pods/proxy"', 403), NOT_TOLD),
    (403, b"<h1>Forbidden</h1>", OPEN),
    (429, status("too many requests", 429), NOT_TOLD),
    (429, b"Too many requests, please try again later.", NOT_TOLD),
    (503, b"upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111",
     NOT_TOLD),
    (503, b"no healthy upstream", NOT_TOLD),
    (504, b"dial tcp 192.0.2.9:6443: i/o timeout", NOT_TOLD),
    (502, b"<html>502 Bad Gateway</html>", OPEN),
    (200, status("all is well", 200), OPEN),
    (500, b"[1, 2]", OPEN),
])
def test_what_an_answer_says_about_the_port(code: int, body: bytes, means: str) -> None:
    reply = listening.reply(cast("Connection", Answering(code, body)), PROXY)
    assert means == (NOT_TOLD if isinstance(reply, Unknown) else OPEN if reply.open else CLOSED), reply


POD = Pod(metadata=ObjectMeta(name="web-0", namespace="shop", labels={"app": "web"}))
SERVICE = Service(metadata=TracedMeta(name="web", namespace="shop"))
ISOLATING = NetworkPolicy(metadata=TracedMeta(name="web", namespace="shop"), spec=NetworkPolicySpec(pod_selector=LabelSelector(match_labels={"app": "web"})))
OF_OTHERS = NetworkPolicy(metadata=TracedMeta(name="api", namespace="shop"), spec=NetworkPolicySpec(pod_selector=LabelSelector(match_labels={"app": "api"})))
OUTGOING = NetworkPolicy(metadata=TracedMeta(name="out", namespace="shop"), spec=NetworkPolicySpec(policy_types=("Egress",)))


@pytest.mark.parametrize(("loopback", "policies", "address"), [
    (True, (), False),
    (True, (OF_OTHERS, OUTGOING), False),
    (True, (ISOLATING,), None),
    (None, (ISOLATING,), None),
    (None, (), False),
    (True, None, None),  # the policies may not be read
    (False, (ISOLATING,), False),  # no engine stands before the loopback
    (False, None, False),
])
def test_a_refusal_is_the_pods_own_only_where_no_policy_may_have_refused(
    loopback: bool | None, policies: tuple[NetworkPolicy, ...] | None, address: bool | None
) -> None:
    inner = Unknown("", "not-tried") if loopback is None else Dialled(loopback)
    known = None if policies is None else IngressPolicies(policies)
    replies = telling(SERVICE, Representatives((POD,)), Dials({PROXY: Dialled(False), FORWARD: inner}), known)
    assert isinstance(replies[PROXY], Unknown) is (address is None), "what a policy engine may have refused is listed as not checked"
    (found,) = listeners(Representatives((POD,)), replies)
    assert (found.loopback, found.address) == (loopback, address)
