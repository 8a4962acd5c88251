"""The lab itself: it starts from nothing in time, leaves nothing behind, and survives being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab import cluster as lab
from tests.lab import paths, topology
from tests.lab.cgroup import Cgroup
from tests.lab.cluster import Cluster
from tests.lab.traffic import Answer

START_SECONDS, STOP_SECONDS, MEMORY_BYTES = 90, 10, 4 << 30
_CHECKOUT = Path(__file__).parents[2]


def left_behind(lab_id: str) -> dict[str, object]:
    """What of a lab is still on the machine: processes, control groups, namespaces, mounts, interfaces, folders."""
    prefix, folder = f"svcd-{lab_id}", paths.run_dir(lab_id)
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if prefix in line or str(folder) in line]
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    found: dict[str, object] = {
        "processes": Cgroup(prefix).pids(),
        "control groups": [str(path) for path in Path("/sys/fs/cgroup").rglob(prefix)],
        "namespaces": topology.namespaces(prefix),
        "mounts": mounts,
        "interfaces": [line.split(":")[1].strip() for line in links if line.split(":")[1].strip() != "lo"],
        "folder": folder.exists(),
    }
    return {name: value for name, value in found.items() if value}


def interfaces_of_host() -> dict[str, object]:
    """The part of `left_behind` that the machine has without any lab."""
    return {name: value for name, value in left_behind("none").items() if name == "interfaces"}


def memory(cluster: Cluster) -> int:
    """Bytes that all processes of a lab have in memory, shared pages counted once (proportional set size)."""
    total = 0
    for pid in cluster.pids():
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024


@pytest.mark.timeout(600)
def test_cold_start_is_fast_small_and_leaves_nothing() -> None:
    lab_id, at_first = f"cold-{os.getpid()}", interfaces_of_host()
    began = time.monotonic()
    started = lab.up(lab_id)
    try:
        seconds, used = time.monotonic() - began, memory(started)
        print(f"up after {seconds:.1f} s with {used >> 20} MiB")
        assert seconds < START_SECONDS
        assert used < MEMORY_BYTES
    finally:
        began = time.monotonic()
        started.stop()
    assert time.monotonic() - began < STOP_SECONDS
    assert left_behind(lab_id) == at_first


@pytest.mark.timeout(600)
def test_start_after_a_killed_harness_cleans_up_that_lab_only(cluster: Cluster) -> None:
    lab_id, at_first = f"killed-{os.getpid()}", interfaces_of_host()
    script = f"from tests.lab import cluster; cluster.up({lab_id!r})"
    harness = subprocess.Popen([sys.executable, "-c", script], cwd=_CHECKOUT)
    kubelet_pid = paths.run_dir(lab_id) / "node1-kubelet.pid"
    while not kubelet_pid.exists():
        assert harness.poll() is None
        time.sleep(0.2)
    time.sleep(5)
    harness.send_signal(signal.SIGKILL)
    harness.wait()
    assert left_behind(lab_id) != at_first
    others = cluster.pids()
    with Cluster(lab_id) as again:
        assert again.kubectl("get", "nodes").stdout.count(" Ready ") == 2
        assert again.pids().isdisjoint(others)
    assert left_behind(lab_id) == at_first
    assert cluster.pids() >= {pid for pid in others if Path(f"/proc/{pid}").exists()}


def test_kubectl_works_from_the_host(cluster: Cluster) -> None:
    argv = ["kubectl", "--kubeconfig", str(cluster.kubeconfig), "get", "nodes", "-o", "name"]
    listed = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["node/node1", "node/node2"]


def test_two_coredns_pods_on_two_nodes(cluster: Cluster) -> None:
    path = "jsonpath={.items[*].spec.nodeName}"
    listed = cluster.kubectl("-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", path)
    assert sorted(listed.stdout.split()) == ["node1", "node2"]


def test_bgp_addresses_have_two_equal_paths(cluster: Cluster) -> None:
    address = cluster.address("welcome-bgp", "welcome")
    assert address is not None
    assert cluster.router.next_hops(address) == [cluster.topology.host(name).ipv4 for name in ("node1", "node2")]


def test_layer_2_address_is_answered_by_the_announcing_node(cluster: Cluster) -> None:
    address = cluster.address("welcome", "welcome")
    assert cluster.http(f"http://{address}/hostname").status == 200
    neighbour = cluster.topology.host("laptop").must(["ip", "neigh", "show", str(address)]).split()
    macs = {cluster.topology.host(name).must(["cat", "/sys/class/net/eth0/address"]).strip() for name in ("cp",)}
    assert neighbour[neighbour.index("lladdr") + 1] not in macs
    announced = cluster.kubectl("-n", "metallb-system", "get", "servicel2statuses", "-o", "jsonpath={.items[*].status.node}")
    assert announced.stdout.split()


def test_node_port_is_forwarded_to_a_pod_of_the_other_node(cluster: Cluster) -> None:
    port = cluster.kubectl("-n", "welcome", "get", "service", "welcome", "-o", "jsonpath={.spec.ports[0].nodePort}").stdout
    answers = {cluster.http(f"http://{cluster.topology.host('node1').ipv4}:{port}/hostname") for _ in range(20)}
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 2


def test_laptop_is_no_node(cluster: Cluster) -> None:
    address = cluster.kubectl("-n", "welcome", "get", "service", "welcome", "-o", "jsonpath={.spec.clusterIP}").stdout
    met: Answer = cluster.http(f"http://{address}/hostname")
    assert met.status is None
