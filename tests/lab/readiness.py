"""Whether a cluster's add-ons answer: each is asked the way its users ask it. And what to look at when one does not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab import nodeconfig, packages
from tests.lab.errors import LabError
from tests.lab.topology import SERVICE_NETWORK

if TYPE_CHECKING:
    from tests.lab.cluster import Cluster

_POLL = 0.25
Check = Callable[[], str]
"""Returns what is still missing, in words; nothing when it holds."""


def wait_for_all(checks: Mapping[str, Check], seconds: float, *, meanwhile: Callable[[], None]) -> None:
    """Come back when every check held once; raise `LabError` with the names of those that did not, and what they met last.

    `meanwhile` is called again and again, and raises what makes waiting senseless.
    """
    deadline = time.monotonic() + seconds
    waiting = dict.fromkeys(checks, "")
    while waiting:
        meanwhile()
        told = {name: checks[name]() for name in waiting}
        waiting = {name: words for name, words in told.items() if words}
        if waiting and time.monotonic() > deadline:
            missing = "; ".join(f"{name} ({words})" for name, words in waiting.items())
            raise LabError(f"no answer after {seconds:.0f} s from: {missing}")
        if waiting:
            time.sleep(_POLL)


def node_checks(cluster: Cluster) -> dict[str, Check]:
    """Return what has to hold before pods may run, by name: nodes are ready, and the API server answers at its Service's address."""
    address = str(SERVICE_NETWORK[1])

    def api_server(name: str) -> str:
        met = cluster.http(f"https://{address}/livez", from_=name)
        return "" if met.status == 200 else f"{address}: {met.outcome}"

    def services_of(name: str) -> Check:
        return lambda: api_server(name)

    hosts = ("cp", *cluster.topology.node_names)
    return {"nodes": lambda: _all_nodes_ready(cluster), **{f"Services on {name}": services_of(name) for name in hosts}}


def checks(cluster: Cluster) -> dict[str, Check]:
    """Return what has to answer before a cluster counts as up, by name."""

    def answers(service: str, namespace: str = "welcome", host: str = "") -> str:
        address = cluster.address(service, namespace)
        if address is None:
            return f"Service {service} has no address"
        met = cluster.http(f"http://{host or address}/hostname", via=address)
        return "" if met.status == 200 else f"{address}: {met.outcome}"

    return {
        "DNS": lambda: _resolves(cluster, f"welcome.welcome.svc.{nodeconfig.CLUSTER_DOMAIN}"),
        "a layer 2 address": lambda: answers("welcome"),
        "a BGP address": lambda: answers("welcome-bgp"),
        "the Ingress": lambda: answers("envoy", "projectcontour", "ingress.welcome.example"),
        "the HTTPRoute": lambda: answers("envoy", "projectcontour", "route.welcome.example"),
        "BGP sessions": lambda: _bgp(cluster),
        "all pods": lambda: _all_pods_ready(cluster),
    }


def explain(cluster: Cluster) -> str:
    """Return what a person would look at first: pods, warnings, and the end of every program's log."""
    pods = cluster.kubectl("get", "pods", "-A", "-o", "wide").stdout
    events = cluster.kubectl("get", "events", "-A", "--field-selector=type=Warning").stdout
    logs = sorted([*cluster.folder.glob("*.log"), *(cluster.folder / "control-plane").glob("*.log")])
    tails = (f"== {log.relative_to(cluster.folder)}\n{_tail(log)}" for log in logs)
    return "\n".join([pods, events, *tails])


def _resolves(cluster: Cluster, name: str) -> str:
    node = cluster.topology.host(cluster.topology.node_names[0])
    done = node.run([packages.command("busybox"), "nslookup", "-type=a", name, nodeconfig.CLUSTER_DNS])
    return "" if done.returncode == 0 else f"{name}: {' '.join((done.stdout + done.stderr).split())}"


def _bgp(cluster: Cluster) -> str:
    established, wanted = cluster.router.established(), list(cluster.topology.node_names)
    return "" if established == wanted else f"established with {established or 'nobody'}: {cluster.router.birdc('show', 'protocols', 'all')}"


def _all_nodes_ready(cluster: Cluster) -> str:
    listed = cluster.kubectl("get", "nodes", "-o", "json")
    if listed.returncode != 0:
        return listed.stderr.strip()
    ready = [node["metadata"]["name"] for node in json.loads(listed.stdout)["items"] if _is_ready(node)]
    return ", ".join(sorted(set(cluster.topology.node_names) - set(ready)))


def _all_pods_ready(cluster: Cluster) -> str:
    listed = cluster.kubectl("get", "pods", "-A", "-o", "json")
    if listed.returncode != 0:
        return listed.stderr.strip()
    pods = json.loads(listed.stdout)["items"]
    unready = [pod["metadata"]["name"] for pod in pods if not _done_or_ready(pod)]
    return ", ".join(unready) if pods else "there is none"


def _done_or_ready(pod: dict[str, Any]) -> bool:
    return _is_ready(pod) or pod["status"].get("phase") == "Succeeded"


def _is_ready(found: dict[str, Any]) -> bool:
    """Whether a Pod or a Node has the condition Ready."""
    conditions = found["status"].get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
