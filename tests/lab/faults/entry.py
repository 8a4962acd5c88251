"""Ingresses and Routes that do not lead to their backends, and certificates that nobody accepts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.lab.faults.clients import INGRESS, ROUTE, STOCK, through_ingress
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import HOST, Shop

_PATH = "/spec/rules/0/http/paths/0"
_CONTOUR = "projectcontour"


def _replace(path: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": path, "value": value}]


@contextmanager
def _certificate(shop: Shop, hosts: list[str], since: timedelta, until: timedelta) -> Iterator[None]:
    now = datetime.now(UTC)
    shop.tls_secret(shop.authority.server(hosts[0], hosts, valid=(now + since, now + until)))
    try:
        yield
    finally:
        shop.tls_secret(shop.authority.server(HOST, [HOST]))


@fault("ing-backend-missing", subject="ing/web", traffic=INGRESS, fails="502 503 404 tls")
def ingress_backend_missing(shop: Shop) -> Iterator[None]:
    """The Ingress names a Service that does not exist."""
    with shop.patched("ingress/web", _replace(f"{_PATH}/backend/service/name", "wbe")):
        yield


@fault("ing-backend-port", subject="ing/web", traffic=INGRESS, fails="502 503 404 tls")
def ingress_backend_port(shop: Shop) -> Iterator[None]:
    """The Ingress names the container's port instead of the Service's."""
    with shop.patched("ingress/web", _replace(f"{_PATH}/backend/service/port", {"number": 8080})):
        yield


@fault("ing-backend-no-endpoints", subject="ing/web", traffic=INGRESS, fails="503")
def ingress_backend_without_endpoints(shop: Shop) -> Iterator[None]:
    """The backend has no replicas."""
    with shop.patched("deployment/web", {"spec": {"replicas": 0}}):
        yield


@fault("ing-class-missing", subject="ing/web", traffic=INGRESS, fails="404 tls reset refused")
def ingress_of_unknown_class(shop: Shop) -> Iterator[None]:
    """The Ingress is of a class that does not exist."""
    with shop.patched("ingress/web", _replace("/spec/ingressClassName", "nginx")):
        yield


@fault("ing-controller-down", subject="ing/web", traffic=INGRESS, fails="timeout unreachable refused", seconds=60)
def envoy_stopped(shop: Shop) -> Iterator[None]:
    """No Envoy runs: the DaemonSet asks for a node label that no node has."""
    address = {"spec": {"template": {"spec": {"nodeSelector": {"edge": "yes"}, "terminationGracePeriodSeconds": 1}}}}
    with shop.patched("daemonset/envoy", address, namespace=_CONTOUR):
        yield


@fault("ing-host-mismatch", subject="ing/web", traffic=INGRESS, fails="404 tls reset")
def ingress_of_other_host(shop: Shop) -> Iterator[None]:
    """The rule is for another host than clients ask for."""
    with shop.patched("ingress/web", _replace("/spec/rules/0/host", "www.shop.example")):
        yield


@fault("ing-path-exact", subject="ing/web", traffic=through_ingress("/hostname"), fails="404")
def ingress_path_exact(shop: Shop) -> Iterator[None]:
    """The path is meant as a prefix and matches only itself."""
    with shop.patched("ingress/web", _replace(f"{_PATH}/pathType", "Exact")):
        yield


@fault("ing-path-not-stripped", subject="https://shop.example/files", traffic=through_ingress("/files"),
       fails="404", by_command=False)
def ingress_path_unknown_to_backend(shop: Shop) -> Iterator[None]:
    """The path reaches a backend that knows no such path: the 404 is the application's."""
    with shop.patched("ingress/web", [{"op": "add", "path": "/spec/rules/0/http/paths/-", "value": _FILES}]):
        yield


_FILES = {"path": "/files", "pathType": "Prefix", "backend": {"service": {"name": "files", "port": {"number": 80}}}}


@fault("ing-tls-secret-missing", subject="ing/web", traffic=INGRESS, fails="tls reset refused other timeout")
def certificate_missing(shop: Shop) -> Iterator[None]:
    """The Secret of the certificate is gone."""
    with shop.deleted("secret/shop-tls"):
        yield


@fault("ing-tls-expired", subject="ing/web", traffic=INGRESS, fails="tls", by_command=False)
def certificate_expired(shop: Shop) -> Iterator[None]:
    """The certificate is no longer valid."""
    with _certificate(shop, [HOST], -timedelta(days=90), -timedelta(days=1)):
        yield


@fault("ing-tls-san-mismatch", subject="ing/web", traffic=INGRESS, fails="tls", by_command=False)
def certificate_of_other_host(shop: Shop) -> Iterator[None]:
    """The certificate is another host's."""
    with _certificate(shop, ["shop.test"], -timedelta(days=1), timedelta(days=90)):
        yield


@fault("rt-backend-notfound", subject="httproute/web", traffic=ROUTE, fails="500 503")
def route_backend_missing(shop: Shop) -> Iterator[None]:
    """The Route names a Service that does not exist."""
    with shop.patched("httproute/web", _replace("/spec/rules/0/backendRefs/0/name", "wbe")):
        yield


@fault("rt-backend-port", subject="httproute/web", traffic=ROUTE, fails="500 503")
def route_backend_port(shop: Shop) -> Iterator[None]:
    """The Route names the container's port instead of the Service's."""
    with shop.patched("httproute/web", _replace("/spec/rules/0/backendRefs/0/port", 8080)):
        yield


@fault("rt-omitted-backends", subject="httproute/web", traffic=ROUTE, fails="500 503 404", by_command=False)
def route_without_backend(shop: Shop) -> Iterator[None]:
    """The Route's rule has no backend."""
    with shop.patched("httproute/web", [{"op": "remove", "path": "/spec/rules/0/backendRefs"}]):
        yield


@fault("rt-weight-zero-all", subject="httproute/web", traffic=ROUTE, fails="500 503")
def route_of_no_weight(shop: Shop) -> Iterator[None]:
    """All backends have the weight 0."""
    with shop.patched("httproute/web", _replace("/spec/rules/0/backendRefs/0/weight", 0)):
        yield


@fault("rt-backend-refgrant", subject="httproute/stock", traffic=STOCK, fails="500 503")
def grant_missing(shop: Shop) -> Iterator[None]:
    """The backend is in another namespace, which has not agreed."""
    with shop.deleted("referencegrant/shop", namespace="stock"):
        yield


@fault("rt-refgrant-wrong", subject="httproute/stock", traffic=STOCK, fails="500 503")
def grant_for_other_namespace(shop: Shop) -> Iterator[None]:
    """The other namespace has agreed to references from a third one."""
    with shop.patched("referencegrant/shop", _replace("/spec/from/0/namespace", "shops"), namespace="stock"):
        yield


@fault("rt-parent-missing", subject="httproute/web", traffic=ROUTE, fails="404")
def route_to_missing_gateway(shop: Shop) -> Iterator[None]:
    """The Route names a Gateway that does not exist."""
    with shop.patched("httproute/web", _replace("/spec/parentRefs/0/name", "edge")):
        yield


@fault("rt-sectionname", subject="httproute/web", traffic=ROUTE, fails="404")
def route_to_missing_listener(shop: Shop) -> Iterator[None]:
    """The Route names a listener that the Gateway does not have."""
    with shop.patched("httproute/web", _replace("/spec/parentRefs/0/sectionName", "web")):
        yield


@fault("gwl-allowed-namespaces", subject="httproute/web", traffic=ROUTE, fails="404")
def listener_for_own_namespace(shop: Shop) -> Iterator[None]:
    """The listener admits Routes of the Gateway's own namespace only."""
    path = "/spec/listeners/0/allowedRoutes/namespaces/from"
    with shop.patched("gateway/contour", _replace(path, "Same"), namespace=_CONTOUR):
        yield


@fault("rt-hostname-disjoint", subject="httproute/web", traffic=ROUTE, fails="404")
def listener_of_other_host(shop: Shop) -> Iterator[None]:
    """The listener is for hosts of another domain than the Route's."""
    with shop.patched("gateway/contour", [{"op": "add", "path": "/spec/listeners/0/hostname", "value": "*.test"}],
                      namespace=_CONTOUR):
        yield
