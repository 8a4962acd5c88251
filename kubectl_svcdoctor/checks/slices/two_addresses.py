"""One endpoint lists several addresses, of which only the first is used.

Why it breaks:
The addresses of one endpoint stand for one and the same host; kube-proxy and most other readers take the
first and drop the rest. Several backends written into one endpoint are therefore one backend, and when it
fails the others do not help.

How to fix:
Give each backend an item of its own in the slice's list of endpoints.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml

Reference:
https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.handmade import HandMade, mirrored
from kubectl_svcdoctor.model.endpoints import Endpoint
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS113", "eps-two-addresses")
def two_addresses(service: Service, slices: HandMade) -> Iterator[Problem]:
    if service.headless:
        return
    for part in slices:
        crowded = [(place, entry) for place, entry in enumerate(part.endpoints or ()) if _several_hosts(entry)]
        if crowded and not mirrored(part) and part.address_type != "FQDN":
            unused = [address for _, entry in crowded for address in entry.addresses[1:]]
            yield Problem(
                object=part, severity=Severity.WARNING, field=("endpoints",),
                summary=f"EndpointSlice {part.name} lists several addresses in one endpoint; "
                        f"{names(unused)} never get{'s' if len(unused) == 1 else ''} a request",
                fix=patching("give each address an endpoint of its own, if each is a backend that serves", part, _split(crowded)),
            )


def _several_hosts(endpoint: Endpoint) -> bool:
    """An endpoint that names its Pod, node or host name is one host with alternative addresses."""
    return len(endpoint.addresses) > 1 and not (endpoint.target_ref or endpoint.node_name or endpoint.hostname)


def _split(crowded: list[tuple[int, Endpoint]]) -> list[dict[str, Any]]:
    first = [operation for place, entry in crowded for operation in (
        {"op": "test", "path": f"/endpoints/{place}/addresses", "value": list(entry.addresses)},
        {"op": "replace", "path": f"/endpoints/{place}/addresses", "value": [entry.addresses[0]]})]
    rest = [{"op": "add", "path": "/endpoints/-", "value": {**msgspec.to_builtins(entry), "addresses": [address]}}
            for _, entry in crowded for address in entry.addresses[1:]]
    return [*first, *rest]
