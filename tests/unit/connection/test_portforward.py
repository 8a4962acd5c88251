"""A port inside a pod as a socket, against a server that speaks the kubelet's side of the WebSocket."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import trustme

from kubectl_svcdoctor.collect.connection import Connection, TimedOut, Unreachable
from tests.unit.connection.server import Answer, Server
from tests.unit.connection.test_proxies import proxying

Connect = Callable[..., Connection]
PORT = struct.pack("<H", 8080)


@dataclass
class Kubelet:
    """Accepts one forwarding at a time; `error` is sent on the error channel, else bytes come back in upper case."""

    url: str
    heads: list[str] = field(default_factory=list)
    error: bytes = b""
    late_error: bytes = b""
    silent: bool = False


def frame(channel: int, content: bytes) -> bytes:
    payload = bytes([channel]) + content
    size = struct.pack("!B", len(payload)) if len(payload) < 126 else struct.pack("!BH", 126, len(payload))
    return b"\x82" + size + payload


def unframe(connection: socket.socket) -> bytes | None:
    """The payload of a masked frame (RFC 6455, section 5.2), None at the end; a pong is passed over."""
    def exactly(count: int) -> bytes:
        found = b""
        while len(found) < count:
            some = connection.recv(count - len(found))
            if not some:
                raise ConnectionError
            found += some
        return found

    try:
        first, second = exactly(2)
        size = second & 127
        size = struct.unpack("!H", exactly(2))[0] if size == 126 else size
        mask, payload = exactly(4), exactly(size)
    except OSError:
        return None
    if first & 15 == 10:
        return unframe(connection)
    return None if first & 15 == 8 else bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


@contextmanager
def forwarding(tls: ssl.SSLContext) -> Iterator[Kubelet]:
    def serve(raw: socket.socket) -> None:
        connection = tls.wrap_socket(raw, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        kubelet.heads.append(head.decode())
        if kubelet.silent:
            connection.recv(1)
            return
        key = next(line for line in head.decode().split("\r\n") if line.lower().startswith("sec-websocket-key")).split(": ")[1]
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        # The first frames come in the same packet as the headers, as a fast kubelet's do.
        connection.sendall((
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode()
            + frame(0, PORT) + b"\x89\x00" + frame(1, PORT) + (frame(1, kubelet.error) if kubelet.error else b""))
        while (payload := unframe(connection)) is not None:
            if kubelet.late_error:
                connection.sendall(frame(1, kubelet.late_error))
            elif payload[1:] == b"bye":
                connection.sendall(b"\x88\x02\x03\xe8")
                return
            else:
                connection.sendall(frame(0, payload[1:].upper()))

    def accept() -> None:
        while True:
            try:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        kubelet = Kubelet(f"https://127.0.0.1:{listening.getsockname()[1]}")
        threading.Thread(target=accept, daemon=True).start()
        yield kubelet
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def kubelet(authority: trustme.CA) -> Iterator[Kubelet]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with forwarding(tls) as running:
        yield running


def read(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (some := connection.recv(65536)):
        found += some
    return found


def test_bytes_go_both_ways(kubelet: Kubelet, connected: Connect) -> None:
    connection = connected(kubelet.url, {"token": "t", "as": "jane"})
    with connection.port_forward("shop", "web-0", 8080, 5) as forwarded:
        forwarded.settimeout(5)
        for _ in range(3):
            forwarded.sendall(b"hello" * 2000)
            assert read(forwarded, 10_000) == b"HELLO" * 2000
    head = kubelet.heads[0]
    assert head.startswith("GET /api/v1/namespaces/shop/pods/web-0/portforward?ports=8080 HTTP/1.1")
    for line in ("Authorization: Bearer t", "Impersonate-User: jane", "Sec-WebSocket-Protocol: v4.channel.k8s.io"):
        assert line in head
    assert connection.requests == 1


def test_a_forwarding_through_a_proxy(kubelet: Kubelet, connected: Connect) -> None:
    with proxying() as proxy:
        proxy.to = int(kubelet.url.rpartition(":")[2])
        connection = connected("https://kubernetes.example:6443", proxy_url=f"http://ann:p@127.0.0.1:{proxy.port}", tls_server_name="127.0.0.1")
        with connection.port_forward("shop", "web-0", 8080) as forwarded:
            forwarded.settimeout(5)
            forwarded.sendall(b"hello")
            assert read(forwarded, 5) == b"HELLO"
    assert proxy.asked == [("kubernetes.example:6443", "Basic " + base64.b64encode(b"ann:p").decode())]


def test_the_end_of_the_stream_is_the_end_of_the_socket(kubelet: Kubelet, connected: Connect) -> None:
    with connected(kubelet.url).port_forward("shop", "web-0", 8080) as forwarded:
        forwarded.settimeout(5)
        forwarded.sendall(b"bye")
        assert forwarded.recv(10) == b""


def test_a_pod_that_refuses_at_once(kubelet: Kubelet, connected: Connect) -> None:
    kubelet.error = b"dial tcp4 127.0.0.1:8080: connect: connection refused"
    with connected(kubelet.url).port_forward("shop", "web-0", 8080) as forwarded:
        forwarded.settimeout(5)
        assert forwarded.recv(10) == b""
        assert forwarded.error == "dial tcp4 127.0.0.1:8080: connect: connection refused"


def test_a_pod_that_refuses_later(kubelet: Kubelet, connected: Connect) -> None:
    kubelet.late_error = b"failed to connect to localhost:8080: connection refused\n"
    with connected(kubelet.url).port_forward("shop", "web-0", 8080) as forwarded:
        forwarded.settimeout(5)
        forwarded.sendall(b"x")
        assert forwarded.recv(10) == b""
        assert forwarded.error == "failed to connect to localhost:8080: connection refused"


def test_a_forwarding_that_is_forbidden(api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(403, b'{"kind":"Status","message":"pods \\"web-0\\" is forbidden: User \\"dev\\" cannot create"}')
    with pytest.raises(Unreachable, match=r'port 8080 of pod web-0 cannot be forwarded: pods "web-0" is forbidden: User "dev" cannot create'):
        connected(api.url).port_forward("shop", "web-0", 8080)


def test_a_server_that_knows_no_websockets(api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(200, b"hello")
    with pytest.raises(Unreachable, match="cannot be forwarded: the API server answered with HTTP status 200"):
        connected(api.url).port_forward("shop", "web-0", 8080)


def test_a_server_that_does_not_answer(kubelet: Kubelet, connected: Connect) -> None:
    kubelet.silent = True
    with pytest.raises(TimedOut):
        connected(kubelet.url).port_forward("shop", "web-0", 8080, 0.3)
