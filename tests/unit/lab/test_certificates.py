"""Certificates as Kubernetes reads them."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.lab.certificates import Authority, Leaf, kubeconfig, signing_key

# OpenSSL's verification results (x509_vfy.h).
CERT_HAS_EXPIRED, HOSTNAME_MISMATCH = 10, 62


def handshake(server: Leaf, trusted: str, name: str, folder: Path) -> None:
    """Connect to a server with this certificate; raise `SSLError` when it is not trusted for `name`."""
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listening.load_cert_chain(*server.write(folder, "server"))
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            listening.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        ssl.create_default_context(cadata=trusted).wrap_socket(ours, server_hostname=name).close()
    finally:
        ours.close()
        thread.join()


def test_a_server_is_trusted_for_its_names_and_addresses(tmp_path: Path) -> None:
    authority = Authority()
    leaf = authority.server("web", ["web.example.com", "127.0.0.1", "2001:db8::1"])
    for name in ("web.example.com", "127.0.0.1", "2001:db8::1"):
        handshake(leaf, authority.certificate, name, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        handshake(leaf, authority.certificate, "other.example.com", tmp_path)
    assert refused.value.verify_code == HOSTNAME_MISMATCH
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(leaf, Authority().certificate, "web.example.com", tmp_path)


def test_an_expired_one_can_be_made(tmp_path: Path) -> None:
    authority = Authority()
    day = timedelta(days=1)
    now = datetime.now(UTC)
    leaf = authority.server("web", ["web.example.com"], valid=(now - 2 * day, now - day))
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        handshake(leaf, authority.certificate, "web.example.com", tmp_path)
    assert refused.value.verify_code == CERT_HAS_EXPIRED


def test_a_client_is_a_user_in_groups() -> None:
    leaf = Authority().client("system:node:node1", ["system:nodes", "others"])
    subject = x509.load_pem_x509_certificate(leaf.certificate.encode()).subject
    assert [name.value for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["system:node:node1"]
    groups = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert sorted(str(name.value) for name in groups) == ["others", "system:nodes"]


def test_an_authority_can_be_read_again(tmp_path: Path) -> None:
    authority = Authority("mine")
    authority.write(tmp_path, "ca")
    loaded = Authority.load(tmp_path, "ca")
    assert loaded.certificate == authority.certificate
    handshake(loaded.server("web", ["web.example.com"]), authority.certificate, "web.example.com", tmp_path)


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    for file in Authority().client("someone").write(tmp_path / "keys", "client"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert signing_key().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_kubeconfig_holds_everything(tmp_path: Path) -> None:
    authority = Authority()
    client = authority.client("reader")
    path = kubeconfig(
        tmp_path / "config",
        server="https://127.0.0.1:6443",
        authority=authority.certificate,
        client=client,
        user="reader",
        namespace="shop",
    )
    loaded = json.loads(path.read_text())
    context = loaded["contexts"][0]
    assert loaded["current-context"] == context["name"]
    assert context["context"] == {"cluster": loaded["clusters"][0]["name"], "user": "reader", "namespace": "shop"}
    assert base64.b64decode(loaded["users"][0]["user"]["client-key-data"]).decode() == client.key
    assert (
        base64.b64decode(loaded["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        == authority.certificate
    )
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_kubeconfig_that_several_threads_write_is_never_seen_incomplete(tmp_path: Path) -> None:
    """The kube-proxies of a lab share one, and each start writes it: a kube-proxy that reads an empty one ends for good."""
    authority = Authority()
    client = authority.client("proxy")

    def write() -> Path:
        return kubeconfig(tmp_path / "config", server="https://127.0.0.1:6443", authority=authority.certificate, client=client, user="proxy")

    expected = write().read_text()
    with ThreadPoolExecutor(2) as pool:
        writes = [pool.submit(write) for _ in range(400)]
        seen = {(tmp_path / "config").read_text() for _ in range(2000)}
    assert seen == {expected}
    assert [done.result() for done in writes]
    assert [file.name for file in tmp_path.iterdir()] == ["config"]
