"""Proxies: which one applies, and that the way through each kind works."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import trustme

from kubectl_svcdoctor.collect.connection import Connection, TimedOut, Unreachable
from kubectl_svcdoctor.collect.connection.proxies import proxy_for
from kubectl_svcdoctor.errors import UserError
from tests.unit.connection.server import Server

Connect = Callable[..., Connection]


@dataclass
class Proxy:
    """A CONNECT proxy that leads every name to one port; `refusal` is what it answers instead."""

    port: int
    to: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    refusal: bytes = b""


@contextmanager
def proxying(tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
            except OSError:
                return
            lines = head.decode().split("\r\n")
            login = next((line.split(": ", 1)[1] for line in lines if line.lower().startswith("proxy-authorization")), None)
            state.asked.append((lines[0].split()[1], login))
            if state.refusal:
                connection.sendall(state.refusal)
                return
            with socket.create_connection(("127.0.0.1", state.to)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _carry(connection, onward)

    class TCPServer(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        state = Proxy(server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield state
        server.shutdown()


def _carry(one: socket.socket, other: socket.socket) -> None:
    while True:
        buffered = isinstance(one, ssl.SSLSocket) and one.pending()
        ready = [one] if buffered else select.select([one, other], [], [])[0]
        for source in ready:
            try:
                some = source.recv(65536)
            except OSError:
                return
            if not some:
                return
            (other if source is one else one).sendall(some)


@pytest.fixture
def proxy(api: Server) -> Iterator[Proxy]:
    with proxying() as running:
        running.to = int(api.url.rpartition(":")[2])
        yield running


def test_proxy_url_leads_to_a_name_that_only_the_proxy_knows(api: Server, proxy: Proxy, connected: Connect) -> None:
    assert connected("https://kubernetes.example:6443", proxy_url=f"http://127.0.0.1:{proxy.port}").get("/x").status == 200
    assert proxy.asked == [("kubernetes.example:6443", None)] and api.last.path == "/x"


def test_proxy_url_in_the_kubeconfig_with_a_login(api: Server, proxy: Proxy, connected: Connect, authority: trustme.CA) -> None:
    cluster = {"proxy-url": f"http://ann:p%40ss@127.0.0.1:{proxy.port}",
               "certificate-authority-data": base64.b64encode(authority.cert_pem.bytes()).decode()}
    assert connected("https://kubernetes.example:6443", cluster=cluster).get("/").status == 200
    assert proxy.asked[0][1] == "Basic " + base64.b64encode(b"ann:p@ss").decode()


def test_https_proxy_of_the_environment(proxy: Proxy, connected: Connect) -> None:
    environ = {"HTTPS_PROXY": f"127.0.0.1:{proxy.port}", "NO_PROXY": "other.example"}
    assert connected("https://kubernetes.example:6443", environ=environ).get("/").status == 200
    assert proxy.asked[0][0] == "kubernetes.example:6443"


def test_a_proxy_that_speaks_tls(api: Server, connected: Connect, authority: trustme.CA) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with proxying(tls) as proxy:
        proxy.to = int(api.url.rpartition(":")[2])
        assert connected("https://kubernetes.example:6443", proxy_url=f"https://127.0.0.1:{proxy.port}").get("/").status == 200


@pytest.mark.parametrize(("refusal", "told"), [
    (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "it demands a user name and a password; write them into its URL"),
    (b"HTTP/1.1 403 Forbidden\r\n\r\n", r"it refuses the way to the API server \(403 Forbidden\); allow it there, or add the server to NO_PROXY"),
])
def test_a_proxy_that_refuses(proxy: Proxy, connected: Connect, refusal: bytes, told: str) -> None:
    proxy.refusal = refusal
    with pytest.raises(Unreachable, match=told) as caught:
        connected("https://kubernetes.example:6443", proxy_url=f"http://ann:secret@127.0.0.1:{proxy.port}").get("/")
    assert f"the proxy http://127.0.0.1:{proxy.port} " in caught.value.message and "secret" not in caught.value.message


def test_a_proxy_that_is_none(proxy: Proxy, connected: Connect) -> None:
    proxy.refusal = b"nonsense\r\n\r\n"
    with pytest.raises(Unreachable, match=f"cannot be reached through the proxy http://127.0.0.1:{proxy.port}: it closed the connection"):
        connected("https://kubernetes.example:6443", proxy_url=f"http://127.0.0.1:{proxy.port}").get("/")


def test_a_proxy_that_is_away(connected: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="no connection to it; check proxy-url or HTTPS_PROXY, and that it runs"):
        connected("https://kubernetes.example", proxy_url=f"http://127.0.0.1:{port}").get("/")
    with pytest.raises(Unreachable, match="its name does not resolve; check proxy-url"):
        connected("https://kubernetes.example", proxy_url="http://proxy.invalid:1").get("/")


def test_a_proxy_that_says_nothing(connected: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimedOut):
        connected("https://kubernetes.example", proxy_url=f"http://127.0.0.1:{silent.getsockname()[1]}", request_timeout=0.3).get("/")


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.HTTPWarning")
def test_a_socks_proxy_without_its_package(connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.delitem(sys.modules, "urllib3.contrib.socks", raising=False)
    with pytest.raises(UserError, match=r"the package PySocks is needed; install it: pip install 'kubectl-svcdoctor\[socks\]'"):
        connected("https://kubernetes.example", proxy_url="socks5://127.0.0.1:1").get("/")


@pytest.mark.parametrize("proxy", ["ftp://x:1", "http://", "http://x:port", "no url"])
def test_a_proxy_url_that_is_none(connected: Connect, proxy: str) -> None:
    with pytest.raises(UserError, match="the proxy in proxy-url is not an address; write it as http://HOST:PORT"):
        connected("https://kubernetes.example", proxy_url=proxy)


SERVER = "https://api.example.com:6443"


@pytest.mark.parametrize(("server", "environ", "used"), [
    (SERVER, {"HTTPS_PROXY": "http://p"}, True),
    (SERVER, {"https_proxy": "http://p"}, True),
    (SERVER, {"HTTP_PROXY": "http://p", "ALL_PROXY": "http://p"}, False),
    ("http://api.example.com", {"HTTP_PROXY": "http://p"}, True),
    (SERVER, {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, False),
    (SERVER, {"HTTPS_PROXY": "http://p", "NO_PROXY": "example.com"}, False),
    (SERVER, {"HTTPS_PROXY": "http://p", "no_proxy": "a.b, .EXAMPLE.com"}, False),
    (SERVER, {"HTTPS_PROXY": "http://p", "NO_PROXY": "*.example.com"}, False),
    (SERVER, {"HTTPS_PROXY": "http://p", "NO_PROXY": "ample.com"}, True),
    ("https://example.com", {"HTTPS_PROXY": "http://p", "NO_PROXY": ".example.com"}, True),
    (SERVER, {"HTTPS_PROXY": "http://p", "NO_PROXY": "example.com:6443"}, False),
    (SERVER, {"HTTPS_PROXY": "http://p", "NO_PROXY": "example.com:443"}, True),
    ("https://10.1.2.3", {"HTTPS_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, False),
    ("https://10.1.2.3", {"HTTPS_PROXY": "http://p", "NO_PROXY": "192.0.2.0/24,10.1.2.3:443"}, False),
    ("https://10.1.2.3", {"HTTPS_PROXY": "http://p", "NO_PROXY": "10.1.2.4,bad/cidr"}, True),
    ("https://[fd00::1]:6443", {"HTTPS_PROXY": "http://p", "NO_PROXY": "fd00::/8"}, False),
    ("https://[fd00::1]:6443", {"HTTPS_PROXY": "http://p", "NO_PROXY": "fd00::1"}, False),
    ("https://[fd00::1]:6443", {"HTTPS_PROXY": "http://p", "NO_PROXY": "[fd00::1]:6443"}, False),
    ("https://localhost:6443", {"HTTPS_PROXY": "http://p"}, False),
    ("https://127.0.0.9", {"HTTPS_PROXY": "http://p"}, False),
])
def test_when_the_environments_proxy_applies(server: str, environ: dict[str, str], used: bool) -> None:
    assert proxy_for(server, "", environ) == ("http://p" if used else "")


def test_proxy_url_always_applies() -> None:
    assert proxy_for("https://127.0.0.1", "socks5://p:1080", {"NO_PROXY": "*"}) == "socks5://p:1080"
