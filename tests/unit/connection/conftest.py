"""A certificate authority, a server that it certified, and kubeconfigs for it."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, connect
from tests.unit.connection.server import Server, serving

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """TLS for a server that asks for a client certificate but does not insist on one, as the API server does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", "kubernetes.example").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.fixture
def api(server_tls: ssl.SSLContext) -> Iterator[Server]:
    with serving(server_tls) as server:
        yield server


def base64_of(blob: trustme.Blob) -> str:
    return base64.b64encode(blob.bytes()).decode()


@pytest.fixture
def kubeconfig(tmp_path: Path, authority: trustme.CA) -> Write:
    """Writes a kubeconfig with one context, cluster and user, all named `dev`; returns its path."""

    def write(server: str, user: Mapping[str, Any] | None = None, cluster: Mapping[str, Any] | None = None,
              context: Mapping[str, Any] | None = None, name: str = "config") -> Path:
        trusted = {"certificate-authority-data": base64_of(authority.cert_pem)} if cluster is None else cluster
        content = {
            "apiVersion": "v1", "kind": "Config", "current-context": "dev",
            "clusters": [{"name": "dev", "cluster": {"server": server, **trusted}}],
            "users": [{"name": "dev", "user": dict(user or {})}],
            "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": "dev", **(context or {})}}],
        }
        path = tmp_path / name
        path.write_text(yaml.safe_dump(content))
        return path

    return write


@pytest.fixture
def connected(kubeconfig: Write) -> Callable[..., Connection]:
    """Connects with a kubeconfig as `kubeconfig` writes it; flags are given by name, the environment as `environ`."""

    def make(server: str, user: Mapping[str, Any] | None = None, cluster: Mapping[str, Any] | None = None,
             environ: Mapping[str, str] | None = None, **flags: Any) -> Connection:
        path = kubeconfig(server, user, cluster)
        return connect(ConnectionOptions(kubeconfig=str(path), **flags), environ or {})

    return make
