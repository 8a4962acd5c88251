"""The lab in its other shapes: three nodes, and two address families."""

from __future__ import annotations

import ipaddress
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab import traffic
from tests.lab.cluster import Cluster

pytestmark = [pytest.mark.variants, pytest.mark.timeout(600)]

_SECONDS, _POLL = 30, 0.5
_NAMES = ("node1", "node2", "node3")
_BOTH = """\
apiVersion: v1
kind: Service
metadata: {name: both, namespace: welcome}
spec:
  type: LoadBalancer
  ipFamilyPolicy: RequireDualStack
  selector: {app: welcome}
  ports: [{name: http, port: 80, targetPort: http}]
"""


@pytest.fixture
def three_nodes() -> Iterator[Cluster]:
    """Three nodes, gone before the next lab starts."""
    with Cluster(f"three-{os.getpid()}", nodes=3) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def dual_stack() -> Iterator[Cluster]:
    """Two nodes with two families, and the Service `both` of both."""
    with Cluster(f"dual-{os.getpid()}", dual_stack=True) as cluster:
        cluster.apply(_BOTH)
        yield cluster


def found(cluster: Cluster, *args: str) -> dict[str, Any]:
    """An object, or a list of them, as the API server has it."""
    listed = cluster.kubectl("get", *args, "-o", "json")
    assert listed.returncode == 0, listed.stderr
    loaded: dict[str, Any] = json.loads(listed.stdout)
    return loaded


def bracketed(address: str) -> str:
    """The address as a URL wants it."""
    return f"[{address}]" if ipaddress.ip_address(address).version == 6 else address


def families(addresses: list[str]) -> list[int]:
    return sorted(ipaddress.ip_address(address).version for address in addresses)


def both(cluster: Cluster) -> tuple[list[str], list[str]]:
    """Cluster IPs and external addresses of the Service `both`, as soon as it has two of these."""
    deadline = time.monotonic() + _SECONDS
    while True:
        service = found(cluster, "-n", "welcome", "service", "both")
        external = [entry["ip"] for entry in service["status"]["loadBalancer"].get("ingress", ())]
        if len(external) == 2 or time.monotonic() > deadline:
            return service["spec"]["clusterIPs"], external
        time.sleep(_POLL)


def welcome_pods(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """The pods that answer, by node."""
    return {pod["spec"]["nodeName"]: pod for pod in found(cluster, "-n", "welcome", "pods", "-l", "app=welcome")["items"]}


def from_pod(cluster: Cluster, url: str) -> str:
    """What a pod on node1 meets."""
    name = welcome_pods(cluster)["node1"]["metadata"]["name"]
    return traffic.wget_answer(cluster.kubectl("-n", "welcome", "exec", name, "--", *traffic.wget(url))).outcome


def test_three_nodes_answer_and_announce(three_nodes: Cluster) -> None:
    hosts = [three_nodes.topology.host(name).ipv4 for name in _NAMES]
    assert [node["metadata"]["name"] for node in found(three_nodes, "nodes")["items"]] == list(_NAMES)
    port = found(three_nodes, "-n", "welcome", "service", "welcome")["spec"]["ports"][0]["nodePort"]
    assert [three_nodes.http(f"http://{host}:{port}/hostname").outcome for host in hosts] == ["200"] * 3
    address = three_nodes.address("welcome-bgp", "welcome")
    assert address is not None
    assert three_nodes.router.next_hops(address) == hosts


def test_dual_stack_nodes_reach_each_others_pods_by_both_families(dual_stack: Cluster) -> None:
    for node in found(dual_stack, "nodes")["items"]:
        addresses = [entry["address"] for entry in node["status"]["addresses"] if entry["type"] == "InternalIP"]
        assert (families(addresses), len(node["spec"]["podCIDRs"])) == ([4, 6], 2)
    node1, node2 = (dual_stack.topology.host(name) for name in ("node1", "node2"))
    assert f"via {node2.ipv6} " in node1.must(["ip", "-6", "route", "show", node2.pods6])
    addresses = [entry["ip"] for entry in welcome_pods(dual_stack)["node2"]["status"]["podIPs"]]
    assert families(addresses) == [4, 6]
    assert {address: from_pod(dual_stack, f"http://{bracketed(address)}:8080/hostname") for address in addresses} == dict.fromkeys(addresses, "200")


def test_dual_stack_service_answers_a_pod_on_both_families(dual_stack: Cluster) -> None:
    internal, _ = both(dual_stack)
    assert families(internal) == [4, 6]
    assert {address: from_pod(dual_stack, f"http://{bracketed(address)}/hostname") for address in internal} == dict.fromkeys(internal, "200")
    assert from_pod(dual_stack, "http://both.welcome.svc.cluster.local/hostname") == "200"


def test_dual_stack_layer_2_addresses_answer_the_laptop_on_both_families(dual_stack: Cluster) -> None:
    _, external = both(dual_stack)
    assert families(external) == [4, 6]
    for address in external:
        assert answered(dual_stack, f"http://{bracketed(address)}/hostname") == "200", address


def answered(cluster: Cluster, url: str) -> str:
    """What the laptop meets, as soon as somebody announces the address."""
    deadline = time.monotonic() + _SECONDS
    while (outcome := cluster.http(url).outcome) != "200" and time.monotonic() < deadline:
        time.sleep(_POLL)
    return outcome
