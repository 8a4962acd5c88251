"""Pods that are not ready, never start, or answer nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lab.faults.clients import CART, WEB
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import Shop

_CONTAINER = "/spec/template/spec/containers/0"


def _container(**fields: Any) -> list[dict[str, Any]]:
    return [{"op": "add", "path": f"{_CONTAINER}/{name}", "value": value} for name, value in fields.items()]


def _pod(**fields: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": fields}}}


@fault("pod-not-ready-probe", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def not_ready(shop: Shop) -> Iterator[None]:
    """The application says by its probe that it is closed."""
    shop.must("exec", "deployment/cart", "--", "touch", "/tmp/closed")
    shop.must("wait", "--for=condition=Ready=false", "pod", "-l", "app=cart", "--timeout=30s")
    try:
        yield
    finally:
        shop.must("exec", "deployment/cart", "--", "rm", "-f", "/tmp/closed")


@fault("pod-probe-port-wrong", subject="svc/web", traffic=WEB, fails="refused")
def probe_asks_other_port(shop: Shop) -> Iterator[None]:
    """The readiness probe asks a port on which nothing listens."""
    probe = {"httpGet": {"path": "/hostname", "port": 8081}, "periodSeconds": 1, "failureThreshold": 1}
    with shop.patched("deployment/web", _container(readinessProbe=probe)):
        yield


@fault("pod-startup-probe-never", subject="svc/cart", traffic=CART, fails="refused")
def startup_probe_never_succeeds(shop: Shop) -> Iterator[None]:
    """The startup probe does not succeed in its 15 seconds, so readiness is not even asked, and the container is started again."""
    probe = {"exec": {"command": ["/bin/false"]}, "periodSeconds": 1, "failureThreshold": 15}
    with shop.patched("deployment/cart", _container(startupProbe=probe)):
        yield


@fault("pod-crashloop", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def crash_loop(shop: Shop) -> Iterator[None]:
    """The program ends with an error as soon as it starts."""
    with shop.patched("deployment/cart", _container(command=["/bin/sh", "-c", "echo no database >&2; exit 3"])):
        yield


@fault("dns-service-env-collision", subject="svc/cart", traffic=CART, fails="refused")
def variable_of_the_service_misread(shop: Shop) -> Iterator[None]:
    """The program takes CART_PORT for a port number; Kubernetes sets it to a URL, since there is a Service cart."""
    program = "exec /agnhost netexec --udp-port=-1 --http-port=${CART_PORT:-8080}"
    with shop.patched("deployment/cart", _container(command=["/bin/sh", "-c", program], args=[])):
        yield


@fault("pod-image-pull", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def image_cannot_be_pulled(shop: Shop) -> Iterator[None]:
    """A typing error in the image's tag."""
    with shop.patched("deployment/cart", _container(image="registry.k8s.io/e2e-test-images/agnhost:2.5x7")):
        yield


@fault("pod-config-missing", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def config_map_missing(shop: Shop) -> Iterator[None]:
    """The environment is to come from a ConfigMap that does not exist."""
    with shop.patched("deployment/cart", _container(envFrom=[{"configMapRef": {"name": "cart-settings"}}])):
        yield


@fault("pod-init-stuck", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def init_container_waits(shop: Shop) -> Iterator[None]:
    """An init container waits for something that never comes."""
    container = {"name": "wait", "image": "docker.io/library/busybox:1.36", "command": ["sleep", "infinity"]}
    with shop.patched("deployment/cart", _pod(initContainers=[container])):
        yield


@fault("pod-pending-unschedulable", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def no_node_fits(shop: Shop) -> Iterator[None]:
    """The pod asks for a node label that no node has."""
    with shop.patched("deployment/cart", _pod(nodeSelector={"disk": "fast"})):
        yield


@fault("pod-readiness-gate", subject="svc/cart", traffic=CART, fails="refused", by_command=False)
def readiness_gate(shop: Shop) -> Iterator[None]:
    """A readiness gate waits for a controller that does not exist."""
    with shop.patched("deployment/cart", _pod(readinessGates=[{"conditionType": "shop.example/warm"}])):
        yield


@fault("pod-ready-but-broken", subject="svc/cart", traffic=CART, fails="500", by_command=False)
def ready_but_broken(shop: Shop) -> Iterator[None]:
    """Every request is answered with 500 while the probe is content."""
    args = ["netexec", "--http-port=8080", "--udp-port=-1", "--http-override=/echo?msg=broken&code=500"]
    with shop.patched("deployment/cart", _container(args=args)):
        yield
