"""Counts what a command asks of the API server, whatever the command is: a proxy without TLS in front of the server, for runs that are not timed."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.door import Door

IDLE = 30.0  # seconds
_OF_ONE_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass
class Traffic:
    """Requests, and the bytes of the bodies of their answers as they come over the wire (compressed, where the client asks for that)."""

    requests: int = 0
    bytes: int = 0


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, door: Door) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.door = door
        self.seen = Traffic()
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def setup(self) -> None:
        super().setup()
        self.onwards, self.used = self.server.door.connection(), time.monotonic()

    def finish(self) -> None:
        super().finish()
        self.onwards.close()

    def fresh(self) -> None:
        """The server closes what is idle for a while; whoever computes in between still has its connection to here."""
        if time.monotonic() - self.used > IDLE:
            self.onwards.close()  # the next request opens it again
        self.used = time.monotonic()

    def do_GET(self) -> None:
        self.fresh()
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.onwards.request(self.command, self.path, sent or None, {key: value for key, value in self.headers.items() if key.lower() not in _OF_ONE_HOP})
        answer = self.onwards.getresponse()
        body = answer.read()
        with self.server.lock:
            self.server.seen.requests += 1
            self.server.seen.bytes += len(body)
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in _OF_ONE_HOP:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is asked is counted."""


@contextmanager
def counting(door: Door, kubeconfig: Path) -> Iterator[Counter]:
    """Something that counts, as long as it is open; `kubeconfig` is the file that will lead to it."""
    proxy = _Proxy(door)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield Counter(proxy, kubeconfig)
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


class Counter:
    """Runs commands through the proxy."""

    def __init__(self, proxy: _Proxy, kubeconfig: Path) -> None:
        self._proxy, self._kubeconfig = proxy, kubeconfig
        host, port = proxy.server_address[:2]
        kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench", "users": [{"name": "bench", "user": {}}],
            "clusters": [{"name": "bench", "cluster": {"server": f"http://{host!s}:{port}"}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        }))
        self._known = False

    def traffic(self, commands: Sequence[Sequence[str]], environ: Mapping[str, str]) -> Traffic:
        """What the commands ask together; kubectl has learned before what the server has, as it keeps that for hours."""
        if not self._known:
            self._run(["kubectl", "get", "namespaces"], environ)
            self._known = True
        self._proxy.seen = Traffic()
        for command in commands:
            self._run(command, environ)
        return self._proxy.seen

    def _run(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        subprocess.run(command, env={**os.environ, **environ, "KUBECONFIG": str(self._kubeconfig)}, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
