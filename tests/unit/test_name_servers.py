"""Asking one DNS server over a forwarded connection: answers in any order, silence, junk, and an end in the middle."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from kubectl_svcdoctor.collect.connection.portforward import ForwardedSocket
from kubectl_svcdoctor.collect.connection.trouble import Unreachable
from kubectl_svcdoctor.model.questions import Lookup, Resolved, Server
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import name_servers

SERVER = Server("kube-system", "coredns-a", "node1", 53)
NAMES = [Lookup(SERVER, f"{name}.shop.svc.cluster.local", "A") for name in ("web", "api", "db")]
Serve = Callable[[socket.socket], None]


class Forwarding:
    """A connection whose port-forward leads to a function in a thread; `words` are what the kubelet says at the end."""

    def __init__(self, serve: Serve, words: str = "") -> None:
        self.serve, self.words = serve, words

    def port_forward(self, namespace: str, pod: str, port: int, timeout: float | None = None) -> ForwardedSocket:
        ours, theirs = socket.socketpair()
        forwarded = ForwardedSocket(ours.family, ours.type, ours.proto, fileno=ours.detach())

        def run() -> None:
            with closing(theirs):
                self.serve(theirs)
                forwarded.error = self.words

        threading.Thread(target=run, daemon=True).start()
        return forwarded


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "ANSWER_SECONDS", 0.4)


def queries(stream: socket.socket) -> Iterator[dns.message.Message]:
    for _ in NAMES:
        yield dns.query.receive_tcp(stream, time.time() + 2)[0]


def answer(query: dns.message.Message, address: str = "") -> dns.message.Message:
    reply = dns.message.make_response(query)
    if address:
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "A", address))
    else:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def asked(serve: Serve, words: str = "") -> dict[str, object]:
    found = name_servers.replies(Forwarding(serve, words), NAMES)  # type: ignore[arg-type]
    return {lookup.name.partition(".")[0]: reply for lookup, reply in found.items()}


def test_answers_in_another_order() -> None:
    def serve(stream: socket.socket) -> None:
        heard = list(queries(stream))
        for place, query in reversed(list(enumerate(heard))):
            dns.query.send_tcp(stream, answer(query, f"10.96.0.{place}" if place else ""))
        stream.recv(1)

    told = asked(serve)
    assert {name: (reply.status, reply.values) for name, reply in told.items() if isinstance(reply, Resolved)} == {
        "web": ("NXDOMAIN", ()), "api": ("NOERROR", ("10.96.0.1",)), "db": ("NOERROR", ("10.96.0.2",))}


def test_silence_costs_its_time_out_once() -> None:
    began = time.monotonic()
    told = asked(lambda stream: time.sleep(1.5))
    assert {reply.status for reply in told.values() if isinstance(reply, Resolved)} == {"SILENT"}
    assert time.monotonic() - began < 1.2


def test_what_came_before_the_end_counts() -> None:
    def serve(stream: socket.socket) -> None:
        dns.query.send_tcp(stream, answer(next(queries(stream)), "10.96.0.10"))

    told = asked(serve, "connection reset")
    assert [reply.status for reply in told.values() if isinstance(reply, Resolved)] == ["NOERROR", "SILENT", "SILENT"]


def test_junk_is_no_answer() -> None:
    def serve(stream: socket.socket) -> None:
        stream.sendall(b"\x00\x05junk!")
        stream.recv(65535)
        time.sleep(0.6)

    assert {reply.status for reply in asked(serve).values() if isinstance(reply, Resolved)} == {"SILENT"}


def test_a_refused_connection_tells_nothing_of_the_server() -> None:
    told = asked(lambda stream: None, "connect: connection refused")
    assert all(isinstance(reply, Unknown) and reply.why == "not-tried" and "refused" in reply.detail for reply in told.values())


def test_no_right_to_forward() -> None:
    class Forbidden:
        def port_forward(self, *_: object) -> ForwardedSocket:
            raise Unreachable("port 53 of pod coredns-a cannot be forwarded: forbidden")

    told = name_servers.replies(Forbidden(), NAMES)  # type: ignore[arg-type]
    assert all(isinstance(reply, Unknown) and "get and create pods/portforward" in reply.unlock
               and "kubectl -n kube-system auth can-i create pods --subresource=portforward" in reply.unlock for reply in told.values())
