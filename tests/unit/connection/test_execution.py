"""A command in a container, against a server that speaks the kubelet's side of the WebSocket."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from kubernetes.client import Configuration
from kubernetes.stream.ws_client import WSClient

from kubectl_svcdoctor.collect.connection import Connection, Forbidden, TimedOut, Unreachable
from tests.unit.connection.server import Answer, Server
from tests.unit.connection.test_portforward import frame

Connect = Callable[..., Connection]
SUCCESS = frame(3, json.dumps({"metadata": {}, "status": "Success"}).encode())
END = b"\x88\x02\x03\xe8"
RUN = ("shop", "web-0", "app", ["sh", "-c", "echo a b; echo 'é&'"])


class Kubelet:
    """Answers one exec with the bytes in `frames`, each sent by itself; then waits for the client to go."""

    def __init__(self, port: int) -> None:
        self.url, self.frames, self.head = f"http://127.0.0.1:{port}", [SUCCESS, END], ""

    def serve(self, connection: socket.socket) -> None:
        while "\r\n\r\n" not in self.head:
            self.head += connection.recv(4096).decode()
        key = next(line for line in self.head.split("\r\n") if line.lower().startswith("sec-websocket-key")).split(": ")[1]
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        connection.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        for part in self.frames:
            connection.sendall(part)
        with contextlib.suppress(OSError):
            connection.recv(1)


@pytest.fixture
def kubelet() -> Iterator[Kubelet]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = Kubelet(listening.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    running.serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield running


def test_lines_of_output_whatever_the_frames(kubelet: Kubelet, connected: Connect) -> None:
    kubelet.frames = [frame(1, b""), frame(1, b"one\ntw"), frame(2, b"careful\n"), frame(1, b"o\nthree"), SUCCESS, END]
    with connected(kubelet.url).execute(*RUN) as running:
        assert list(running.lines(5)) == ["one", "two", "three"]
        assert (running.errors, running.words) == ("careful\n", "")


def test_what_is_asked_for(kubelet: Kubelet, connected: Connect) -> None:
    connection = connected(kubelet.url)
    with connection.execute(*RUN) as running:
        assert list(running.lines(5)) == []
    target = urlsplit(kubelet.head.split(" ")[1])
    assert target.path == "/api/v1/namespaces/shop/pods/web-0/exec"
    assert parse_qsl(target.query) == [("container", "app"), ("stdout", "true"), ("stderr", "true"),
                                       ("command", "sh"), ("command", "-c"), ("command", "echo a b; echo 'é&'")]
    assert "Sec-WebSocket-Protocol: v5.channel.k8s.io,v4.channel.k8s.io" in kubelet.head
    assert connection.requests == 1


def test_a_program_that_is_not_there(kubelet: Kubelet, connected: Connect) -> None:
    message = 'error executing command in container: exec: "sh": executable file not found in $PATH'
    kubelet.frames = [frame(3, json.dumps({"status": "Failure", "message": message}).encode()), END]
    with connected(kubelet.url).execute(*RUN) as running:
        assert list(running.lines(5)) == []
        assert running.words == message


def test_a_status_that_is_no_json(kubelet: Kubelet, connected: Connect) -> None:
    kubelet.frames = [frame(3, b"something broke\n"), END]
    with connected(kubelet.url).execute(*RUN) as running:
        assert list(running.lines(5)) == []
        assert running.words == "something broke"


def test_a_command_that_never_ends_costs_its_time(kubelet: Kubelet, connected: Connect) -> None:
    kubelet.frames = [frame(1, b"one\nrest")]
    began = time.monotonic()
    with connected(kubelet.url).execute(*RUN) as running:
        assert list(running.lines(0.3)) == ["one"], "half a line is none"
    assert 0.2 < time.monotonic() - began < 2


def test_without_the_right(api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(403, b'{"kind":"Status","message":"pods \\"web-0\\" is forbidden: User \\"dev\\" cannot create"}')
    with pytest.raises(Forbidden, match='no command can be run in container app of pod web-0: pods "web-0" is forbidden'):
        connected(api.url).execute(*RUN)


def test_a_pod_that_does_not_run(api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(400, b'{"kind":"Status","message":"container not found (\\"app\\")"}')
    with pytest.raises(Unreachable, match="container not found"):
        connected(api.url).execute(*RUN)


def test_a_server_that_is_silent(connected: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(TimedOut):
        connected(f"http://127.0.0.1:{listening.getsockname()[1]}").execute(*RUN, 0.3)


class TestWhyItIsNotTheOfficialStream:
    """What the official client's stream does not do, on the same server: once these fail, it can take over."""

    def official(self, kubelet: Kubelet, **headers: str) -> WSClient:
        return WSClient(Configuration(host=kubelet.url, proxy="", no_proxy=""), kubelet.url.replace("http", "ws") + "/exec", headers, capture_all=False)

    def test_it_asks_as_oneself_whoever_is_impersonated(self, kubelet: Kubelet, connected: Connect) -> None:
        self.official(kubelet, **{"authorization": "Bearer abc", "Impersonate-User": "jane"}).close()
        assert "Bearer abc" in kubelet.head and "jane" not in kubelet.head

    def test_we_do_not(self, kubelet: Kubelet, connected: Connect) -> None:
        with connected(kubelet.url, as_user="jane", as_groups=("dev", "ops")).execute(*RUN):
            pass
        assert {"Impersonate-User: jane", "Impersonate-Group: dev", "Impersonate-Group: ops"} <= set(kubelet.head.split("\r\n"))

    def test_it_breaks_a_letter_in_two_and_loses_a_line_without_an_end(self, kubelet: Kubelet, connected: Connect) -> None:
        kubelet.frames = [frame(1, "né".encode()[:2]), frame(1, "né\nrest".encode()[2:]), SUCCESS, END]
        stream = self.official(kubelet)
        lines = []
        while stream.is_open():
            lines.append(stream.readline_stdout(timeout=2))
        assert lines[0] != "né" and "rest" not in lines
        stream.close()

    def test_nor_that(self, kubelet: Kubelet, connected: Connect) -> None:
        kubelet.frames = [frame(1, "né".encode()[:2]), frame(1, "né\nrest".encode()[2:]), SUCCESS, END]
        with connected(kubelet.url).execute(*RUN) as running:
            assert list(running.lines(5)) == ["né", "rest"]
