"""A server that cannot be reached or trusted: one sentence each, exit status 3, and what to do."""

from __future__ import annotations

import base64
import errno
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, TimedOut, TLSTrouble, Unreachable, connect
from kubectl_svcdoctor.errors import UserError
from tests.unit.connection.conftest import base64_of
from tests.unit.connection.server import Server, serving

Connect = Callable[..., Connection]


def said(error: UserError) -> str:
    """The message, after a look at its form."""
    assert error.message.isprintable() and error.exit_status == 3 and "Traceback" not in error.message
    return error.message


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A port that accepts connections and then does what the test does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, f"https://127.0.0.1:{server.getsockname()[1]}"


def test_a_refused_connection(connected: Connect) -> None:
    with listening() as (_, url):
        pass
    with pytest.raises(Unreachable) as caught:
        connected(url).get("/")
    assert said(caught.value) == (
        f"the API server {url} cannot be reached: the connection is refused; check that it runs, and that the port is right")


def test_a_name_that_does_not_resolve(connected: Connect) -> None:
    with pytest.raises(Unreachable, match=r"the name api\.invalid does not resolve; check server in the kubeconfig") as caught:
        connected("https://api.invalid:6443").get("/")
    assert said(caught.value)


def test_a_server_that_takes_the_connection_and_says_nothing(connected: Connect) -> None:
    started = time.monotonic()
    with listening() as (_, url), pytest.raises(TimedOut, match=r"did not answer within 0\.3 seconds; check the network") as caught:
        connected(url, request_timeout=0.3).get("/")
    assert said(caught.value) and time.monotonic() - started < 2


def test_an_address_that_swallows_packets(connected: Connect) -> None:
    """A listener with a full queue: the connection is never made."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        with pytest.raises(TimedOut, match=r"did not answer within 0\.3 seconds") as caught:
            connected(f"https://127.0.0.1:{server.getsockname()[1]}", request_timeout=0.3).get("/")
    assert said(caught.value)


def test_a_server_that_hangs_up(connected: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        def hang_up() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(UserError) as caught:
            connected(f"https://127.0.0.1:{server.getsockname()[1]}").get("/")
        assert "check" in said(caught.value)
        server.shutdown(socket.SHUT_RDWR)


def test_plain_http_where_tls_was_expected(connected: Connect) -> None:
    with serving() as plain, pytest.raises(TLSTrouble, match="does not speak TLS on this port; correct server") as caught:
        connected(plain.url.replace("http://", "https://")).get("/")
    assert said(caught.value)


def test_an_unknown_authority(api: Server, connected: Connect) -> None:
    other = {"certificate-authority-data": base64_of(trustme.CA().cert_pem)}
    with pytest.raises(TLSTrouble, match="is signed by an unknown authority; put the cluster's CA into certificate-authority-data") as caught:
        connected(api.url, cluster=other).get("/")
    assert said(caught.value)
    with pytest.raises(TLSTrouble, match="unknown authority"):
        connected(api.url, cluster={}).get("/")


def certified(authority: trustme.CA, name: str, start: datetime | None = None, end: datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_before=start, not_after=end).configure_cert(context)
    return context


def test_an_expired_server_certificate(authority: trustme.CA, connected: Connect) -> None:
    tls = certified(authority, "127.0.0.1", end=datetime.now(UTC) - timedelta(days=1))
    with serving(tls) as server, pytest.raises(TLSTrouble, match="has expired; renew it on the server, and check this machine's clock") as caught:
        connected(server.url).get("/")
    assert said(caught.value)


def test_a_server_certificate_of_tomorrow(authority: trustme.CA, connected: Connect) -> None:
    tls = certified(authority, "127.0.0.1", start=datetime.now(UTC) + timedelta(days=1))
    with serving(tls) as server, pytest.raises(TLSTrouble, match="is not valid yet; check this machine's clock"):
        connected(server.url).get("/")


def test_a_certificate_for_another_name(authority: trustme.CA, connected: Connect) -> None:
    with serving(certified(authority, "api.internal")) as server:
        with pytest.raises(TLSTrouble, match="is for another address; correct server in the kubeconfig, or set --tls-server-name"):
            connected(server.url).get("/")
        named = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(TLSTrouble, match="is for another name"):
            connected(named).get("/")
        assert connected(server.url, tls_server_name="api.internal").get("/").status == 200
        with pytest.raises(TLSTrouble, match="is for another name"):
            connected(server.url, tls_server_name="other.internal").get("/")


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.HTTPWarning")
def test_checking_can_be_turned_off(api: Server, connected: Connect) -> None:
    assert connected(api.url, cluster={"insecure-skip-tls-verify": True}).get("/").status == 200
    assert connected(api.url, insecure_skip_tls_verify=True).get("/").status == 200


def test_an_intermediate_authority_alone_is_trusted_as_in_go(connected: Connect) -> None:
    root = trustme.CA()
    middle = root.create_child_ca()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    middle.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as server:
        assert connected(server.url, cluster={"certificate-authority-data": base64_of(middle.cert_pem)}).get("/").status == 200


def test_comments_in_a_bundle_of_authorities(api: Server, connected: Connect, authority: trustme.CA) -> None:
    bundle = "# Türkçe\n".encode() + trustme.CA().cert_pem.bytes() + "# ours: ✓\n".encode() + authority.cert_pem.bytes()
    assert connected(api.url, cluster={"certificate-authority-data": base64.b64encode(bundle).decode()}).get("/").status == 200


def test_an_expired_client_certificate_that_the_server_refuses(authority: trustme.CA, connected: Connect) -> None:
    tls = certified(authority, "127.0.0.1")
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    old = authority.issue_cert("old@example.com", not_after=datetime.now(UTC) - timedelta(days=1))
    pem = b"".join(blob.bytes() for blob in old.cert_chain_pems)
    user = {"client-certificate-data": base64.b64encode(pem).decode(), "client-key-data": base64_of(old.private_key_pem)}
    with serving(tls) as server:
        with pytest.raises(TLSTrouble, match="refuses the connection: our client certificate has expired; renew it") as caught:
            connected(server.url, user).get("/")
        assert said(caught.value)
        with pytest.raises(TLSTrouble, match="refuses the connection: a client certificate is required"):
            connected(server.url).get("/")


@pytest.mark.parametrize(("cluster", "told"), [
    ({"certificate-authority": "missing.crt"},
     f"certificate-authority of the cluster cannot be read from .*/missing.crt': {os.strerror(errno.ENOENT).lower()}"),
    ({"certificate-authority-data": "!"}, "certificate-authority of the cluster is not base64"),
    ({"certificate-authority-data": "00000000"}, "certificate-authority-data of the cluster holds no PEM certificate"),
    ({"certificate-authority-data": "QUJD"}, "certificate-authority-data of the cluster holds no PEM certificate"),
    ({"certificate-authority-data": "QUJD", "insecure-skip-tls-verify": True}, "both a certificate authority and insecure-skip-tls-verify"),
])
def test_authorities_that_cannot_be_used(api: Server, connected: Connect, cluster: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        connected(api.url, cluster=cluster).get("/")
    assert caught.value.exit_status == 2 and caught.value.message.isprintable()


def test_nothing_else_is_printed(connected: Connect, capfd: pytest.CaptureFixture[str]) -> None:
    with listening() as (_, url):
        pass
    with pytest.raises(Unreachable):
        connected(url).get("/")
    assert capfd.readouterr() == ("", "")


TEXT = st.text(max_size=8) | st.sampled_from(["a\0b", "x\r\ny", "https://[", "http://x:99999999", "//", "QQ==", "..", "ä" * 70])
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("server", "proxy-url", "tls-server-name", "certificate-authority", "certificate-authority-data"), TEXT))
USER = st.fixed_dictionaries({}, optional=dict[str, st.SearchStrategy[Any]](dict.fromkeys(
    ("token", "tokenFile", "username", "password", "as", "as-uid", "client-certificate", "client-key-data", "client-certificate-data",
     "client-key"), TEXT)) | {
    "as-groups": st.lists(TEXT, max_size=2), "as-user-extra": st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2)})


@given(FIELDS, USER, TEXT)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_fields_is_used_or_refused_in_one_sentence(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], name: str
) -> None:
    path = tmp_path / "config"
    content = {"current-context": name, "clusters": [{"name": name, "cluster": {"server": "https://127.0.0.1:1", **cluster}}],
               "users": [{"name": name, "user": user}], "contexts": [{"name": name, "context": {"cluster": name, "user": name}}]}
    path.write_text(yaml.safe_dump(content, allow_unicode=True))
    with pytest.raises(UserError) as caught:
        connect(ConnectionOptions(kubeconfig=str(path), request_timeout=0.5), {}).get("/")
    assert caught.value.message.isprintable() and caught.value.exit_status in (2, 3)
