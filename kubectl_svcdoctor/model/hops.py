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

# The step that all branches have in common.
SUBJECT = "subject"
# Hops are asked in their order, in stages that begin with these. What a later stage reads has little of the user's own in it: it waits until all before it
# is known, and is left out where that leaves clients without service.
_LATER = ("dns", "lb", "ingress")


def depth(hop: str) -> int:
    """The place of a hop: a finding at a smaller depth may explain one at a larger depth."""
    return list(HOPS).index(hop)


def stage(hop: str) -> int:
    """The place of a hop in the order of asking, from 0."""
    return sum(depth(first) <= depth(hop) for first in _LATER)


def early(hop: str) -> bool:
    """Whether it is of what every examination begins with: the Service and what stands behind it."""
    return stage(hop) == 0


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of one subject's path: what was there, or why it could not be reached.

    `id` is unique in the path, `parent` the id of the step before, empty for the first; `branch` the id of the branch, empty for the trunk.
    """

    hop: str
    source: str
    target: str
    status: Status
    detail: str = ""
    id: str = ""
    parent: str = ""
    branch: str = ""
