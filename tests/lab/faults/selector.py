"""Selectors that miss, and workloads that give them nothing to match."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.faults.clients import CART, WEB
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import Shop

_QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata: {name: pods, namespace: shop}
spec: {hard: {pods: "0"}}
"""


@fault("sel-no-match-value", subject="svc/web", traffic=WEB, fails="refused")
def selector_value(shop: Shop) -> Iterator[None]:
    """A typing error in the value of the selector."""
    with shop.patched("service/web", {"spec": {"selector": {"app": "wbe"}}}):
        yield


@fault("sel-wrong-key", subject="svc/web", traffic=WEB, fails="refused")
def selector_key(shop: Shop) -> Iterator[None]:
    """The selector asks for another key than the pods have."""
    with shop.patched("service/web", {"spec": {"selector": {"app": None, "name": "web"}}}):
        yield


@fault("sel-extra-label", subject="svc/web", traffic=WEB, fails="refused")
def selector_extra_label(shop: Shop) -> Iterator[None]:
    """The selector asks for one label more than the pods have."""
    with shop.patched("service/web", {"spec": {"selector": {"tier": "frontend"}}}):
        yield


@fault("sel-scaled-to-zero", subject="svc/web", traffic=WEB, fails="refused")
def scaled_to_zero(shop: Shop) -> Iterator[None]:
    """The workload has no replicas."""
    with shop.patched("deployment/web", {"spec": {"replicas": 0}}):
        yield


@fault("sel-controller-cannot-create", subject="svc/cart", traffic=CART, fails="refused")
def quota_forbids_pods(shop: Shop) -> Iterator[None]:
    """A quota lets the ReplicaSet create no pod."""
    with shop.created(_QUOTA):
        shop.must("delete", "pod", "-l", "app=cart", "--wait=true")
        yield
    shop.must("delete", "--ignore-not-found", "resourcequota", "pods")
    shop.must("rollout", "restart", "deployment/cart")
