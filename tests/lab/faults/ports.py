"""Ports that lead to nothing: named wrongly, numbered wrongly, or nobody listens there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.faults.clients import CART, WEB
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import Shop

_PORT = "/spec/ports/0"
_CONTAINER = "/spec/template/spec/containers/0"


@fault("port-named-unresolved", subject="svc/web", traffic=WEB, fails="refused")
def target_port_unnamed(shop: Shop) -> Iterator[None]:
    """The targetPort is a name that no container declares."""
    with shop.patched("service/web", [{"op": "replace", "path": f"{_PORT}/targetPort", "value": "htpp"}]):
        yield


@fault("port-named-protocol", subject="svc/cart", traffic=CART, fails="refused")
def named_port_of_other_protocol(shop: Shop) -> Iterator[None]:
    """The container declares the name for UDP, the Service asks for TCP."""
    with shop.patched("deployment/cart", [{"op": "replace", "path": f"{_CONTAINER}/ports/0/protocol", "value": "UDP"}]):
        yield


@fault("port-named-wrong-number", subject="svc/cart", traffic=CART, fails="refused")
def named_port_of_other_number(shop: Shop) -> Iterator[None]:
    """The name stands for a number on which the process does not listen."""
    patch = [
        {"op": "replace", "path": f"{_CONTAINER}/ports/0/containerPort", "value": 9090},
        {"op": "replace", "path": f"{_CONTAINER}/ports/0/name", "value": "http"},
    ]
    with shop.patched("deployment/cart", patch):
        yield


@fault("port-targetport-wrong-number", subject="svc/web", traffic=WEB, fails="refused")
def target_port_number(shop: Shop) -> Iterator[None]:
    """The targetPort is a number on which nothing listens."""
    with shop.patched("service/web", [{"op": "replace", "path": f"{_PORT}/targetPort", "value": 8081}]):
        yield


@fault("port-targetport-defaulted", subject="svc/web", traffic=WEB, fails="refused")
def target_port_left_out(shop: Shop) -> Iterator[None]:
    """Without a targetPort the Service's own port is taken, and the container serves another."""
    with shop.patched("service/web", [{"op": "remove", "path": f"{_PORT}/targetPort"}]):
        yield


@fault("svc-port-protocol-mismatch", subject="svc/web", traffic=WEB, fails="refused")
def service_of_other_protocol(shop: Shop) -> Iterator[None]:
    """The Service says UDP, the application speaks TCP."""
    with shop.patched("service/web", [
        {"op": "replace", "path": f"{_PORT}/protocol", "value": "UDP"},
        {"op": "replace", "path": f"{_PORT}/targetPort", "value": 8080},
    ]):
        yield


@fault("port-listen-localhost", subject="svc/cart", traffic=CART, fails="refused")
def loopback_only(shop: Shop) -> Iterator[None]:
    """The process listens on 127.0.0.1 only: busybox's web server can be told so."""
    patch = [
        {"op": "replace", "path": f"{_CONTAINER}/command", "value": ["/bin/busybox"]},
        {"op": "replace", "path": f"{_CONTAINER}/args", "value": ["httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/etc"]},
    ]
    with shop.patched("deployment/cart", patch):
        yield


@fault("port-not-listening-yet", subject="svc/cart", traffic=CART, fails="refused")
def nothing_listens(shop: Shop) -> Iterator[None]:
    """The container runs something that opens no port."""
    patch = [
        {"op": "replace", "path": f"{_CONTAINER}/command", "value": ["/bin/sleep"]},
        {"op": "replace", "path": f"{_CONTAINER}/args", "value": ["infinity"]},
    ]
    with shop.patched("deployment/cart", patch):
        yield


@fault("port-tls-vs-plain", subject="svc/cart", traffic=CART, fails="400")
def tls_where_plain_is_expected(shop: Shop) -> Iterator[None]:
    """The application serves TLS, its clients speak plain HTTP."""
    files = ["--tls-cert-file=/tls/tls.crt", "--tls-private-key-file=/tls/tls.key"]
    patch = [
        {"op": "replace", "path": f"{_CONTAINER}/args", "value": ["netexec", "--http-port=8080", "--udp-port=-1", *files]},
        {"op": "add", "path": f"{_CONTAINER}/volumeMounts", "value": [{"name": "tls", "mountPath": "/tls"}]},
        {"op": "add", "path": "/spec/template/spec/volumes", "value": [{"name": "tls", "secret": {"secretName": "shop-tls"}}]},
    ]
    with shop.patched("deployment/cart", patch):
        yield
