"""EndpointSlices made by hand that lead nowhere: the outside system is reached by one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.lab.faults.clients import in_cluster
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import Shop

_SLICE = "endpointslice/legacy-1"
_LEGACY = in_cluster("http://legacy/hostname")
# kube-proxy rejects what has no endpoint; the policy engine of the lab lets connections of Pods through before that, and nobody answers them.
_NO_ENDPOINT = "refused unreachable timeout"


@fault("eps-manual-label-missing", subject="svc/legacy", traffic=_LEGACY, fails=_NO_ENDPOINT)
def slice_of_another_service(shop: Shop) -> Iterator[None]:
    """The slice names another Service. It is written anew: kube-proxy takes that label for immutable and keeps the endpoints of a changed one."""
    found = shop.get(_SLICE)
    labels = {**found["metadata"]["labels"], "kubernetes.io/service-name": "legacy-system"}
    other = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "legacy-2", "namespace": "shop", "labels": labels},
        "addressType": found["addressType"], "ports": found["ports"], "endpoints": found["endpoints"],
    }
    with shop.deleted(_SLICE), shop.created(json.dumps(other)):
        yield


@fault("port-slice-name-mismatch", subject="svc/legacy", traffic=_LEGACY, fails=_NO_ENDPOINT)
def slice_port_named_otherwise(shop: Shop) -> Iterator[None]:
    """The slice's port has another name than the Service's: kube-proxy joins them by name."""
    with shop.patched(_SLICE, [{"op": "replace", "path": "/ports/0/name", "value": "web"}]):
        yield


@fault("eps-manual-protocol", subject="svc/legacy", traffic=_LEGACY, fails=_NO_ENDPOINT)
def slice_port_of_other_protocol(shop: Shop) -> Iterator[None]:
    """The slice's port is UDP, the Service's is TCP."""
    with shop.patched(_SLICE, [{"op": "replace", "path": "/ports/0/protocol", "value": "UDP"}]):
        yield


@fault("eps-manual-unreachable", subject="svc/legacy", traffic=_LEGACY, fails="unreachable timeout other", by_command=False)
def slice_address_is_nobody(shop: Shop) -> Iterator[None]:
    """No host has the slice's address."""
    with shop.patched(_SLICE, [{"op": "replace", "path": "/endpoints/0/addresses/0", "value": "192.0.2.77"}]):
        yield


@fault("eps-all-notready", subject="svc/legacy", traffic=_LEGACY, fails=_NO_ENDPOINT)
def slice_says_not_ready(shop: Shop) -> Iterator[None]:
    """The slice says that its endpoint is not ready."""
    with shop.patched(_SLICE, [{"op": "replace", "path": "/endpoints/0/conditions/ready", "value": False}]):
        yield
