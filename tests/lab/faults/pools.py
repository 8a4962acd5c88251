"""Pools that are not for the Service, requests that contradict themselves, and advertisements that select something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lab.faults.clients import BGP, EDGE, LAYER2
from tests.lab.faults.fault import fault
from tests.lab.faults.loadbalancer import made_anew
from tests.lab.faults.shop import Shop

_METALLB = "metallb-system"
_NOBODY = "timeout unreachable"


def _patched(shop: Shop, ref: str, **spec: Any) -> Any:
    return shop.patched(ref, {"spec": spec}, namespace=_METALLB)


@fault("mlb-pool-namespace-restricted", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def pool_of_other_namespaces(shop: Shop) -> Iterator[None]:
    """The pool is for Services of another namespace."""
    with _patched(shop, "ipaddresspool/l2", serviceAllocation={"namespaces": ["office"]}), made_anew(shop, "edge"):
        yield


@fault("mlb-pool-service-selector", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def pool_of_other_services(shop: Shop) -> Iterator[None]:
    """The pool is for Services with a label that this one lacks."""
    selectors = [{"matchLabels": {"reach": "public"}}]
    with _patched(shop, "ipaddresspool/l2", serviceAllocation={"serviceSelectors": selectors}), made_anew(shop, "edge"):
        yield


@fault("mlb-request-pool-conflict", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def requested_address_of_other_pool(shop: Shop) -> Iterator[None]:
    """The Service requests an address of one pool and names another."""
    with made_anew(shop, "edge", annotations={"metallb.io/loadBalancerIPs": EDGE, "metallb.io/address-pool": "bgp"}):
        yield


@fault("mlb-request-invalid", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def requested_address_is_none(shop: Shop) -> Iterator[None]:
    """The requested address has a typing error."""
    with made_anew(shop, "edge", annotations={"metallb.io/loadBalancerIPs": f"{EDGE}0"}):
        yield


@fault("mlb-request-family", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def requested_address_of_other_family(shop: Shop) -> Iterator[None]:
    """The Service is of IPv4 and requests an IPv6 address."""
    with made_anew(shop, "edge", annotations={"metallb.io/loadBalancerIPs": "2001:db8:2::210"}):
        yield


@fault("mlb-share-port-clash", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def shared_address_with_taken_port(shop: Shop) -> Iterator[None]:
    """Two Services agree to share Envoy's address, and both want its port 80."""
    key = {"metallb.io/allow-shared-ip": "edge"}
    taken = shop.cluster.address("envoy", "projectcontour") or ""
    envoy = shop.patched("service/envoy", {"metadata": {"annotations": key}}, namespace="projectcontour")
    with envoy, made_anew(shop, "edge", annotations={**key, "metallb.io/loadBalancerIPs": taken}):
        yield


@fault("mlb-adv-pool-selector", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def advertisement_of_pools_with_other_label(shop: Shop) -> Iterator[None]:
    """The advertisement selects pools by a label that none has."""
    selectors = [{"matchLabels": {"site": "lan"}}]
    with _patched(shop, "l2advertisement/l2", ipAddressPools=None, ipAddressPoolSelectors=selectors):
        yield


@fault("mlb-bgp-peer-node-selector", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY)
def peer_of_no_node(shop: Shop) -> Iterator[None]:
    """The peer is for nodes with a label that none has."""
    with _patched(shop, "bgppeer/router", nodeSelectors=[{"matchLabels": {"rack": "border"}}]):
        yield
