"""kube-proxy of real nodes, as a DaemonSet that leaves a node out or crashes, and as a program that does not manage to write its rules; and what becomes of
packets on a node whose kube-proxy works."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.test_diagnosis import causes
from tests.lab import binaries
from tests.lab.faults import Shop, all_faults
from tests.lab.images import AGNHOST_IMAGE

OF_THE_LIBRARY = {fault.name: fault.make for fault in all_faults()}
NODES = ("node1", "node2")
SETTLES_WITHIN = 60.0
NAMESPACE = "kube-system"
_DAEMON_SET = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: kube-proxy, namespace: kube-system, labels: {{k8s-app: kube-proxy}}}}
spec:
  selector: {{matchLabels: {{k8s-app: kube-proxy}}}}
  template:
    metadata: {{labels: {{k8s-app: kube-proxy}}}}
    spec:
      hostNetwork: true
      terminationGracePeriodSeconds: 1
      tolerations: [{{operator: Exists}}]
      containers:
      - name: kube-proxy
        image: {image}
        securityContext: {{privileged: true}}
        command: [sh, -c, "exec chroot /host {program} --config=/run/kube-proxy.yaml"]
        volumeMounts: [{{name: host, mountPath: /host}}]
      volumes: [{{name: host, hostPath: {{path: /}}}}]
"""


def examined(shop: Shop, subject: str, *flags: str) -> dict[str, Any]:
    done = shop.cluster.laptop([sys.executable, "-m", "kubectl_svcdoctor", subject, "-n", "shop", "-o", "json", *flags])
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def examined_until(shop: Shop, slugs: list[str], subject: str, *flags: str) -> dict[str, Any]:
    """The first report that names just these causes; it has to come in time."""
    deadline = time.monotonic() + SETTLES_WITHIN
    while causes(report := examined(shop, subject, *flags)) != slugs:
        assert time.monotonic() < deadline, json.dumps(report, indent=1)
        time.sleep(1)
    return report


def finding(report: dict[str, Any], slug: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in report["findings"] if entry["slug"] == slug)
    return found


def rows(report: dict[str, Any]) -> dict[str, list[str]]:
    """kube-proxy on the nodes, as the table has it."""
    table = next(entry for entry in report["tables"] if entry["title"] == "kube-proxy on the nodes")
    return {row["label"]: [cell["text"] for cell in row["cells"]] for row in table["rows"]}


@contextmanager
def cart_elsewhere(shop: Shop) -> Iterator[None]:
    """The only Pod of a Service is another one: whoever does not hear of it sends clients to one that is gone."""
    shop.must("delete", "pod", "-l", "app=cart", "--wait=true")
    shop.must("rollout", "status", "deployment/cart", "--timeout=60s")
    yield


def test_a_kube_proxy_that_does_not_manage_to_write_its_rules(shop: Shop) -> None:
    """What it writes them with fails on its node."""
    node = shop.cluster.nodes["node2"]
    tool = node.inside(["readlink", "-f", "/usr/sbin/iptables-restore"]).stdout.strip()
    examined_until(shop, [], "cart", "--from=node/node2")
    node.stop_daemon("kube-router")  # it ends without its tools
    assert node.inside(["mount", "--bind", "/bin/false", tool]).returncode == 0
    try:
        with cart_elsewhere(shop):
            report = examined_until(shop, ["kp-stale-rules"], "cart", "--from=node/node2")
    finally:
        node.inside(["umount", tool])
        node.start_daemon("kube-router")
    assert finding(report, "kp-stale-rules")["severity"] == "error"
    assert "it says that it is unhealthy" in " ".join(finding(report, "kp-stale-rules")["evidence"])
    examined_until(shop, [], "cart", "--from=node/node2")


def pod_of(shop: Shop, app: str, node: str) -> str:
    return shop.must("get", "pods", "-l", f"app={app}", f"--field-selector=spec.nodeName={node}", "-o", "name").split()[0]


def test_a_bridge_that_does_not_show_its_packets_to_the_rules(shop: Shop) -> None:
    """It shows only inside of the node; the fix names it, since it fits."""
    client = pod_of(shop, "web", "node1")
    with OF_THE_LIBRARY["bridged-packets-untranslated"](shop):
        report = examined_until(shop, ["service-address-unreachable"], "cart", f"--from={client}")
    assert "net.bridge.bridge-nf-call-iptables" in finding(report, "service-address-unreachable")["fix"]["summary"]
    examined_until(shop, [], "cart", f"--from={client}")


def test_a_pod_that_does_not_reach_itself(shop: Shop) -> None:
    host, itself = shop.cluster.topology.host("node1"), pod_of(shop, "cart", "node1")
    links = [link["ifname"] for link in json.loads(host.must(["ip", "-j", "link", "show", "master", "pods"]))]
    examined_until(shop, [], "cart", f"--from={itself}")
    for link in links:
        host.must(["bridge", "link", "set", "dev", link, "hairpin", "off"])
    try:
        report = examined_until(shop, ["kp-hairpin"], "cart", f"--from={itself}")
    finally:
        for link in links:
            host.must(["bridge", "link", "set", "dev", link, "hairpin", "on"])
    assert finding(report, "kp-hairpin")["severity"] == "error"
    examined_until(shop, [], "cart", f"--from={itself}")


@pytest.fixture(scope="module")
def daemon_set(shop: Shop) -> Iterator[None]:
    """kube-proxy of both nodes as a DaemonSet has it: the same program, in the node's own view of the files."""
    nodes = [shop.cluster.nodes[name] for name in NODES]
    program = Path(binaries.binary("kubernetes", "kube-proxy"))
    for node in nodes:
        node.stop_daemon("kube-proxy")
    try:
        with shop.created(_DAEMON_SET.format(image=AGNHOST_IMAGE, program=program)):
            shop.must("rollout", "status", "daemonset/kube-proxy", "--timeout=60s", namespace=NAMESPACE)
            yield
    finally:
        for node in nodes:
            node.start_daemon("kube-proxy")


def test_a_daemon_set_that_leaves_a_node_out(shop: Shop, daemon_set: None) -> None:
    assert [cells[1] for cells in rows(examined_until(shop, [], "web")).values()] == ["up to date", "up to date"]
    with shop.patched("daemonset/kube-proxy", {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node1"}}}}}, namespace=NAMESPACE):
        report = examined_until(shop, ["kp-missing-on-node"], "web")
        assert (report["verdict"], finding(report, "kp-missing-on-node")["severity"]) == ("degraded", "warning")
        assert rows(report)["node2"][:2] == ["none", "nothing listens"]
        with cart_elsewhere(shop):
            report = examined_until(shop, ["kp-missing-on-node"], "cart", "--from=pod/client")
        assert finding(report, "kp-missing-on-node")["severity"] == "error"
        assert finding(report, "service-address-unreachable")["role"] == "consequence"
    examined_until(shop, [], "cart", "--from=pod/client")


def test_a_kube_proxy_that_crashes(shop: Shop, daemon_set: None) -> None:
    kept = shop.get("daemonset/kube-proxy", NAMESPACE)["spec"]["template"]["spec"]["containers"][0]["command"]
    run_as(shop, ["sh", "-c", "exit 3"])
    try:
        report = examined_until(shop, ["kp-crash"], "web")
        assert "exit code 3" in " ".join(finding(report, "kp-crash")["evidence"])
    finally:
        run_as(shop, kept)
    examined_until(shop, [], "web")


def run_as(shop: Shop, command: list[str]) -> None:
    """What the DaemonSet's Pods run; they are replaced one after the other, so nobody waits for all of them."""
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/command", "value": command}]
    shop.must("patch", "daemonset/kube-proxy", "--type=json", "-p", json.dumps(patch), namespace=NAMESPACE)
