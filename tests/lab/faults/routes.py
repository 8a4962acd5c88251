"""Routes that attach to the wrong thing, or lead to something that no Gateway can serve.

A parentRef without its namespace is no fault here: Contour takes it for its Gateway all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lab.faults.clients import ROUTE, SECURE
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import Shop

_PARENT, _BACKEND = "/spec/parentRefs/0", "/spec/rules/0/backendRefs/0"


def _patch(op: str, path: str, **value: Any) -> list[dict[str, Any]]:
    return [{"op": op, "path": path, **value}]


@fault("rt-parent-port", subject="httproute/web", traffic=ROUTE, fails="404")
def parent_of_other_port(shop: Shop) -> Iterator[None]:
    """The Route names a port on which its listener does not listen."""
    with shop.patched("httproute/web", _patch("add", f"{_PARENT}/port", value=8080)):
        yield


@fault("rt-kind-vs-protocol", subject="httproute/web", traffic=ROUTE, fails="404")
def http_route_to_tcp_listener(shop: Shop) -> Iterator[None]:
    """The Route is for HTTP and its listener for TCP."""
    with shop.patched("httproute/web", _patch("replace", f"{_PARENT}/sectionName", value="tcp")):
        yield


@fault("rt-http-vs-https-listener", subject="httproute/secure", traffic=SECURE, fails="tls reset 404")
def route_to_plain_listener_only(shop: Shop) -> Iterator[None]:
    """Clients come by TLS, and the Route is attached to the listener without."""
    with shop.patched("httproute/secure", _patch("replace", f"{_PARENT}/sectionName", value="http")):
        yield


@fault("rt-backend-kind", subject="httproute/web", traffic=ROUTE, fails="500 503")
def route_to_deployment(shop: Shop) -> Iterator[None]:
    """The Route leads to a Deployment instead of its Service."""
    with shop.patched("httproute/web", _patch("replace", _BACKEND, value={"group": "apps", "kind": "Deployment", "name": "web", "port": 80})):
        yield


@fault("rt-backend-no-endpoints", subject="httproute/web", traffic=ROUTE, fails="503")
def route_backend_without_endpoints(shop: Shop) -> Iterator[None]:
    """The backend has no replicas."""
    with shop.patched("deployment/web", {"spec": {"replicas": 0}}):
        yield


@fault("gwl-route-kinds", subject="httproute/web", traffic=ROUTE, fails="404")
def listener_for_other_kinds(shop: Shop) -> Iterator[None]:
    """The listener admits Routes for gRPC only."""
    kinds = [{"group": "gateway.networking.k8s.io", "kind": "GRPCRoute"}]
    patch = _patch("add", "/spec/listeners/0/allowedRoutes/kinds", value=kinds)
    with shop.patched("gateway/contour", patch, namespace="projectcontour"):
        yield
