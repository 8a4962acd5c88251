"""Whether a cluster's add-ons answer: each is asked the way its users ask it. And what to look at when one does not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab import nodeconfig, packages
from tests.lab.errors import LabError

if TYPE_CHECKING:
    from tests.lab.cluster import Cluster

_POLL = 0.25


def wait_for_all(checks: Mapping[str, Callable[[], bool]], seconds: float) -> None:
    """Come back when every check held once; raise `LabError` with the names of those that did not."""
    deadline = time.monotonic() + seconds
    open_checks = dict(checks)
    while open_checks:
        open_checks = {name: check for name, check in open_checks.items() if not check()}
        if open_checks and time.monotonic() > deadline:
            raise LabError(f"no answer after {seconds:.0f} s from: {', '.join(open_checks)}")
        if open_checks:
            time.sleep(_POLL)


def checks(cluster: Cluster) -> dict[str, Callable[[], bool]]:
    """Return what has to answer before a cluster counts as up, by name."""

    def answers(service: str, namespace: str = "welcome", host: str = "") -> bool:
        address = cluster.address(service, namespace)
        return address is not None and cluster.http(f"http://{host or address}/hostname", via=address).status == 200

    return {
        "DNS": lambda: _resolves(cluster, f"welcome.welcome.svc.{nodeconfig.CLUSTER_DOMAIN}"),
        "a layer 2 address": lambda: answers("welcome"),
        "a BGP address": lambda: answers("welcome-bgp"),
        "the Ingress": lambda: answers("envoy", "projectcontour", "ingress.welcome.example"),
        "the HTTPRoute": lambda: answers("envoy", "projectcontour", "route.welcome.example"),
        "BGP sessions": lambda: cluster.router.established() == list(cluster.topology.node_names),
        "all pods": lambda: _all_pods_ready(cluster),
    }


def explain(cluster: Cluster) -> str:
    """Return what a person would look at first: pods, warnings, and the end of every program's log."""
    pods = cluster.kubectl("get", "pods", "-A", "-o", "wide").stdout
    events = cluster.kubectl("get", "events", "-A", "--field-selector=type=Warning").stdout
    logs = sorted([*cluster.folder.glob("*.log"), *(cluster.folder / "control-plane").glob("*.log")])
    tails = (f"== {log.relative_to(cluster.folder)}\n{_tail(log)}" for log in logs)
    return "\n".join([pods, events, *tails])


def _resolves(cluster: Cluster, name: str) -> bool:
    node = cluster.topology.host(cluster.topology.node_names[0])
    return node.run([packages.command("busybox"), "nslookup", "-type=a", name, nodeconfig.CLUSTER_DNS]).returncode == 0


def _all_pods_ready(cluster: Cluster) -> bool:
    listed = cluster.kubectl("get", "pods", "-A", "-o", "json")
    pods = json.loads(listed.stdout)["items"] if listed.returncode == 0 else []
    return bool(pods) and all(_done_or_ready(pod) for pod in pods)


def _done_or_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", ())
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready or pod["status"].get("phase") == "Succeeded"


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
