"""The hops of a request, in the order in which each depends on the ones before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "broken", "degraded", "unknown", "blocked", "none"]

HOPS: dict[str, str] = {
    "external": "Cluster",
    "spec": "Service",
    "selector": "Selector",
    "pods": "Pods",
    "ports": "Ports",
    "slices": "EndpointSlices",
    "sts": "StatefulSet",
    "dns": "DNS",
    "netpol": "NetworkPolicy",
    "proxy": "Network",
    "nodeport": "NodePort",
    "lb": "LoadBalancer",
    "ingress": "Ingress",
    "gateway": "Gateway",
}

# What these hops read has nothing of the user's own in it; it waits until all before them is in order.
LATE = frozenset({"dns", "proxy"})


def depth(hop: str) -> int:
    """The place of a hop: a finding at a smaller depth may explain one at a larger depth."""
    return list(HOPS).index(hop)


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of one subject's path: what was there, or why it could not be reached."""

    hop: str
    source: str
    target: str
    status: Status
    detail: str = ""
