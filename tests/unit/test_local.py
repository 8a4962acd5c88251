"""Connections from this machine: what becomes of each is told apart. Only the loopback is dialled."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kubectl_svcdoctor.model.questions import DialLocal, Reached
from kubectl_svcdoctor.probe import local
from kubectl_svcdoctor.probe.asking import Means
from kubectl_svcdoctor.probe.local import reply
from kubectl_svcdoctor.probe.through_api import ThroughAPI


@contextmanager
def listening(cut: bool = False, close: bool = False, family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    """A port of the loopback that accepts one connection, and keeps it, cuts it off by RST, or closes it."""
    with socket.socket(family) as server:
        server.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        server.listen()
        done = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            if cut:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if not (cut or close):
                done.wait(5)
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(server.getsockname()[1])
        done.set()
        thread.join()


@contextmanager
def closed() -> Iterator[int]:
    """A port of the loopback that is taken, and that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def test_an_open_port() -> None:
    with listening() as port:
        assert reply(DialLocal("127.0.0.1", port)) == Reached("open")


def test_a_name_is_resolved_here() -> None:
    with listening() as port:
        assert reply(DialLocal("localhost", port)).outcome == "open"


def test_a_connection_that_is_closed_at_once_was_accepted() -> None:
    with listening(close=True) as port:
        assert reply(DialLocal("127.0.0.1", port)) == Reached("open", "the connection is closed at once")


def test_one_that_is_cut_off() -> None:
    with listening(cut=True) as port:
        assert reply(DialLocal("127.0.0.1", port)) == Reached("reset", "connection reset by peer")


def test_one_that_is_refused() -> None:
    with closed() as port:
        assert reply(DialLocal("127.0.0.1", port)) == Reached("refused", "connection refused")


def test_one_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full answers nothing, as a firewall that drops."""
    monkeypatch.setattr(local, "SECONDS", 0.3)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        assert reply(DialLocal("127.0.0.1", port)) == Reached("timeout", "no answer within 0.3 seconds")
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize(("raised", "words"), [
    (OSError(101, "Network is unreachable"), "network is unreachable"), (OSError(113, "No route to host"), "no route to host"),
    (socket.gaierror(-2, "Name or service not known"), "the name lb.example cannot be resolved here: Name or service not known"), (OSError("odd"), "odd"),
])
def test_no_way_there(raised: OSError, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise raised

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert reply(DialLocal("lb.example", 80)) == Reached("unreachable", words)


def test_all_are_dialled_at_once_without_an_api_server() -> None:
    with listening() as port, closed() as other:
        asked = [DialLocal("127.0.0.1", port), DialLocal("127.0.0.1", other)]
        told = ThroughAPI(Means(None)).ask(asked)  # type: ignore[arg-type]
    assert [told[question] for question in asked] == [Reached("open"), Reached("refused", "connection refused")]
