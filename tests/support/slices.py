"""Slices compared by what they say: the controller spreads what belongs together over as many of them as it takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, Endpoint, EndpointSlice

Groups = dict[tuple[str, str, str, frozenset[Any]], set[Any]]


def grouped(slices: Iterable[EndpointSlice]) -> Groups:
    """Endpoints by Service, address family and ports; without uids, which differ from one cluster to the next."""
    found: Groups = defaultdict(set)
    for part in slices:
        key = (part.namespace, part.labels.get(SERVICE_NAME, ""), part.address_type, frozenset(part.ports or ()))
        found[key] |= {_facts(endpoint) for endpoint in part.endpoints or ()}
    return dict(found)


def _facts(endpoint: Endpoint) -> tuple[Any, ...]:
    target = endpoint.target_ref
    return (endpoint.addresses, endpoint.conditions, endpoint.hostname, endpoint.node_name, target and (target.kind, target.namespace, target.name))
