"""Every kind of Route carries real traffic from the laptop through Envoy to its own backend, and so does an Ingress with TLS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from tests.lab import manifests
from tests.lab.certificates import Authority
from tests.lab.cluster import Cluster
from tests.lab.faults import Shop
from tests.lab.faults.clients import INGRESS
from tests.lab.traffic import SECONDS

NAMESPACE, ENVOY = "routes", ("envoy", "projectcontour")
_SERVED_SECONDS, _POLL = 30, 0.5
# The answer's message in gRPC's framing (a byte "not compressed", four of length): field 1 of HealthCheckResponse is 1, SERVING.
SERVING = b"\x00\x00\x00\x00\x02\x08\x01"


@pytest.fixture(scope="module")
def vault_authority() -> Authority:
    """The authority that only the backend behind the TLSRoute has a certificate of."""
    return Authority("vault")


@pytest.fixture(scope="module")
def envoy(cluster: Cluster, vault_authority: Authority) -> Iterator[str]:
    """The address of Envoy, all backends and Routes being there."""
    leaf = vault_authority.server("vault", ["vault.passthrough.example"])
    data = {"tls.crt": leaf.certificate, "tls.key": leaf.key}
    secret = {"metadata": {"name": "vault-tls", "namespace": NAMESPACE}, "type": "kubernetes.io/tls", "stringData": data}
    cluster.apply(manifests.with_secrets(manifests.own("routes"), json.dumps({"apiVersion": "v1", "kind": "Secret", **secret})))
    for name in ("page", "prices", "vault"):
        rollout = cluster.kubectl("-n", NAMESPACE, "rollout", "status", f"deployment/{name}", "--timeout=60s")
        assert rollout.returncode == 0, rollout.stderr
    address = cluster.address(*ENVOY)
    assert address is not None
    yield address
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=true")


def served(attempt: Callable[[], str], wanted: str) -> str:
    """What the last attempt gave: the first that starts with `wanted`, since Envoy learns of new Routes a moment later."""
    deadline = time.monotonic() + _SERVED_SECONDS
    while not (met := attempt()).startswith(wanted) and time.monotonic() < deadline:
        time.sleep(_POLL)
    return met


def gateway_certificate(cluster: Cluster) -> str:
    """The authority of the certificate that the Gateway's HTTPS listener shows."""
    return (cluster.control_plane.keys / "ca.crt").read_text()


def test_http_route_on_https_listener(cluster: Cluster, envoy: str) -> None:
    authority = gateway_certificate(cluster)
    met = served(lambda: cluster.http("https://page.routes.example/hostname", via=envoy, authority=authority).body, "page-")
    assert met.startswith("page-"), met


def test_grpc_route(cluster: Cluster, envoy: str) -> None:
    met = served(lambda: health(cluster, envoy, "shop.Prices"), SERVING.decode())
    assert met == SERVING.decode()
    assert health(cluster, envoy, "shop.Other") == ""


def test_tls_route_ends_at_the_backend(cluster: Cluster, envoy: str, vault_authority: Authority) -> None:
    url, authority = "https://vault.passthrough.example/hostname", vault_authority.certificate
    met = served(lambda: cluster.http(url, via=envoy, authority=authority).body, "vault-")
    assert met.startswith("vault-"), met
    assert cluster.http(url, via=envoy, authority=gateway_certificate(cluster)).outcome == "tls"


def test_tcp_route(cluster: Cluster, envoy: str) -> None:
    met = served(lambda: cluster.http(f"http://{envoy}:9000/hostname").body, "page-")
    assert met.startswith("page-"), met


def test_ingress_with_tls(shop: Shop) -> None:
    assert served(lambda: INGRESS(shop), "200") == "200"


def health(cluster: Cluster, envoy: str, service: str) -> str:
    """Ask grpc.health.v1.Health/Check about a service and return the framed answer; an error of gRPC has none."""
    message = bytes([0x0A, len(service)]) + service.encode()
    framed = bytes([0]) + len(message).to_bytes(4, "big") + message
    argv = ["curl", "--silent", "--max-time", str(SECONDS), "--http2-prior-knowledge", "--connect-to", f"::{envoy}:", "--data-binary", "@-"]
    argv += ["--header", "content-type: application/grpc", "--header", "te: trailers"]
    argv.append("http://prices.routes.example/grpc.health.v1.Health/Check")
    return cluster.topology.host("laptop").run(argv, stdin=framed.decode()).stdout
