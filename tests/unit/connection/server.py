"""API servers for tests: HTTP or HTTPS on loopback, which remember what they were asked."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request as it arrived; `peer` is the client certificate's subject."""

    method: str
    path: str
    headers: Message
    body: bytes
    peer: str | None
    connection: int


@dataclass
class Answer:
    """What to send back; `raw` replaces the whole answer, and `parts` follow it one by one."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    parts: Iterable[bytes] = ()


@dataclass
class Server:
    """A running server. `answer` may be replaced by a test."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Answer] = lambda asked: Answer()

    @property
    def last(self) -> Asked:
        return self.asked[-1]


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for an answer

        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            peer: Any = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
            subject = peer["subject"][-1][-1][1] if peer else None
            asked = Asked(self.command, self.path, self.headers, self.rfile.read(size), subject, self.client_address[1])
            server.asked.append(asked)
            answer = server.answer(asked)
            if answer.raw is not None:
                for part in itertools.chain([answer.raw], answer.parts):
                    self.wfile.write(part)
                    self.wfile.flush()
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that goes away is what some tests are about."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            # The handshake belongs into the connection's thread: a client that fails it must not hold up the others.
            super().finish_request(_shaken(request, tls) if tls else request, client_address)

    listening = Quiet(("127.0.0.1", 0), Handler)
    server = Server(f"{'https' if tls else 'http'}://127.0.0.1:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


def _shaken(request: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
    """The connection after the handshake. One that fails is read on for a moment, or closing it would drop the alert."""
    wrapped = tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
    try:
        wrapped.do_handshake()
    except ssl.SSLError:
        raw = socket.socket(fileno=wrapped.detach())
        raw.settimeout(0.3)
        with raw, contextlib.suppress(OSError):
            while raw.recv(65536):
                pass
        raise
    return wrapped
