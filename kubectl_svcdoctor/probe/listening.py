"""What listens in a Pod, asked through the API server.

A refused port-forward ends the stream with the kubelet's words (cri-streaming, portforward). What the API server itself says about a pod proxy is a
Status object, "error trying to reach service: ..." where it could not connect (apimachinery, util/proxy/transport.go). Any other answer is the Pod's own
and proves that it listens, whatever its status and words; except those of a mesh's sidecar, which accepts connections for a process that is closed,
and what the API server's flow control and proxies on the way say in plain text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from kubectl_svcdoctor.collect.connection import Connection, Response, TimedOut
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.asking import Means, answers

SECONDS = 4.0
SILENCE = 0.3
# What the API server says when it could not even reach the kubelet or the Pod's network: that tells nothing about the Pod.
NO_WAY = ("error dialing backend", "no route to host", "network is unreachable", "i/o timeout", "deadline exceeded", "proxy error from")
UNREACHED = "error trying to reach service"
# Envoy, for a process behind it that is closed or that it does not know.
SIDECAR_WORDS = ("upstream connect error", "no healthy upstream", "upstream request timeout")
TLS_WORDS = ("HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port", "plain HTTP to an SSL-enabled server port")


@answers(Dial)
def dialled(means: Means, dials: Sequence[Dial]) -> Mapping[Dial, Reply]:
    """The replies, one after the other; the questions of one batch are one."""
    return {dial: reply(means.connection, dial) for dial in dials}


def reply(connection: Connection, question: Dial) -> Dialled | Unknown:
    """The reply to one question; an Unknown where it could not be tried."""
    try:
        return _forwarded(connection, question) if question.way == "port-forward" else _proxied(connection, question)
    except TimedOut:
        behind = f"the kubelet of node {question.node}" if question.way == "port-forward" else f"port {question.port} of Pod {question.pod}"
        return untold(question, unanswered(behind, SECONDS))
    except UserError as trouble:
        return untold(question, trouble.message)


def _forwarded(connection: Connection, question: Dial) -> Dialled | Unknown:
    with connection.port_forward(question.namespace, question.pod, question.port, SECONDS) as forwarded:
        forwarded.settimeout(SILENCE)
        try:
            some = forwarded.recv(1)
        except TimeoutError:
            return Dialled(True)
        words = str(getattr(forwarded, "error", ""))
    if some or not words:
        return Dialled(True)
    return Dialled(False, words) if "refused" in words else untold(question, words)


def _proxied(connection: Connection, question: Dial) -> Dialled | Unknown:
    path = f"/api/v1/namespaces/{question.namespace}/pods/{question.pod}:{question.port}/proxy/"
    return answered(question, connection.get(path, timeout=SECONDS))


def answered(question: Question, response: Response) -> Dialled | Unknown:
    """What an answer by way of a proxy of the API server says of whoever is behind it: a Pod, or a node."""
    said = failed_to_reach(response)
    if said is not None:
        return _failed(question, response.status, said)
    words = response.body[:400].decode(errors="replace")
    by_others = response.status in (502, 503, 504) and any(sign in words for sign in (*NO_WAY, *SIDECAR_WORDS))
    if by_others or response.status == 429:
        return untold(question, f"HTTP status {response.status}: {words.strip()}")
    return Dialled(True, tls=demands_tls(response.status, words))


def _failed(question: Question, status: int, words: str) -> Dialled | Unknown:
    """What the API server's own failure says of the Pod: only where it tried to connect does it say anything."""
    if UNREACHED not in words or any(sign in words for sign in NO_WAY):
        return untold(question, words)
    if "connection refused" in words:
        return Dialled(False, words)
    return Dialled(True, tls=demands_tls(status, words))


def demands_tls(status: int, words: str) -> bool:
    """Whether the answer to plain HTTP is that of a TLS server: Go, nginx and Apache say so in words, others by a TLS alert record."""
    said = status == 400 and any(sign in words for sign in TLS_WORDS)
    return said or (status in (500, 502, 503) and "malformed HTTP response" in words and "\\x15\\x03" in words)


def unanswered(behind: str, seconds: float) -> str:
    """What a time-out means where the API server only passes a question on: it takes the question, and whoever is behind does not answer it."""
    return f"no answer from {behind} by way of the API server within {seconds:g} seconds"


def of_node(connection: Connection, question: Question, path: str, behind: str) -> Response | Unknown:
    """The answer to a GET below /api/v1/nodes, by which the API server passes a question on to a node; an Unknown where there is none. `behind` is who has to
    answer it."""
    try:
        return connection.get(f"/api/v1/nodes/{path}", timeout=SECONDS)
    except TimedOut:
        return untold(question, unanswered(behind, SECONDS))
    except UserError as trouble:
        return untold(question, trouble.message)


def untold(question: Question, words: str) -> Unknown:
    """A probe that could not be made from here: not a withheld fact, but one that nobody has tried."""
    needed = question.needs
    return Unknown(question.what, "not-tried", words, f"it takes {needed}, and an API server that reaches the nodes: {needed.asked(question.where)}")


def failed_to_reach(response: Response) -> str | None:
    """The message of the API server's own failure (meta/v1 Status); None for what whoever is behind it has answered."""
    if response.status < 400:
        return None
    try:
        status = json.loads(response.body)
    except ValueError:
        return None
    if not isinstance(status, dict) or (status.get("apiVersion"), status.get("kind")) != ("v1", "Status"):
        return None
    return str(status.get("message", ""))
