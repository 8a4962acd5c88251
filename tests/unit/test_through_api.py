"""Probes by way of the API server: each kind of question gets a reply, and one who does not answer is named."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from kubectl_svcdoctor.collect.connection import Response, TimedOut
from kubectl_svcdoctor.model.node_ports import DialNode, LocalEndpoints
from kubectl_svcdoctor.model.questions import Dial, DialFrom, Dialled, Inside, Look, Lookup, LookupFrom, Resolver, Server
from kubectl_svcdoctor.model.register import Question, exchanges
from kubectl_svcdoctor.model.service_proxy import AskProxy
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.asking import Means
from kubectl_svcdoctor.probe.through_api import ThroughAPI

POD = Inside("shop", "client", "main", "node7")
QUESTIONS = {
    "port 8080 of Pod web-a": Dial("shop", "web-a", "node7", 8080, "pod-proxy"),
    "port 30080 of node node7": LocalEndpoints("node7", 30080),
    "port 10256 of node node7": AskProxy("node7"),
    "the kubelet of node node7": [
        Dial("shop", "web-a", "node7", 8080, "port-forward"), Lookup(Server("kube-system", "dns-a", "node7", 53), "web", "A"), Resolver("node7"),
        Look(POD), LookupFrom(POD, "10.96.0.10", 53, "UDP", "web", "A"), DialFrom(POD, "10.96.0.20", 80),
    ],
}
ASKED = [(question, who) for who, entry in QUESTIONS.items() for question in (entry if isinstance(entry, list) else [entry])]


class Behind:
    """An API server that is well itself, and passes questions on to nodes that do not answer."""

    def get(self, path: str, params: Any = None, accept: str | None = None, timeout: float | None = None) -> Response:
        return Response(200, b"{}", None) if "/leases/" in path else self.never()

    def port_forward(self, *what: Any) -> NoReturn:
        self.never()

    def execute(self, *what: Any) -> NoReturn:
        self.never()

    def never(self) -> NoReturn:
        raise TimedOut("the API server https://192.0.2.1 did not answer within 4 seconds")


def test_every_kind_of_question_is_asked_here() -> None:
    assert {type(question) for question, _ in ASKED} | {DialNode} == {kind for kind, entry in exchanges().items() if entry.place != "local"}


@pytest.mark.parametrize(("question", "who"), ASKED)
def test_who_does_not_answer_is_named(question: Question, who: str) -> None:
    reply = ThroughAPI(Means(Behind())).ask([question])[question]  # type: ignore[arg-type]
    assert isinstance(reply, Unknown)
    assert reply.detail.startswith(f"no answer from {who} by way of the API server within ")


def test_a_node_that_does_not_answer_the_api_server_is_known_not_to() -> None:
    question = DialNode("node7", 30080)
    reply = ThroughAPI(Means(Behind())).ask([question])[question]  # type: ignore[arg-type]
    assert reply == Dialled(False, "no answer from port 30080 of node node7 by way of the API server within 4 seconds")
