"""What shows only from inside of a client's Pod, on real nodes: real resolvers, real rules, a real cache on the node."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.cluster.test_diagnosis import causes
from tests.lab.faults import Shop, all_faults
from tests.lab.faults.firewall import blocked
from tests.lab.images import AGNHOST_IMAGE

DNS_ADDRESS, CACHE_ADDRESS = "10.96.0.10", "169.254.20.10"
Report = dict[str, object]
SETTLES_WITHIN = 40.0

_POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}
spec:
  nodeName: {node}
  terminationGracePeriodSeconds: 0
  dnsPolicy: {policy}
  dnsConfig: {config}
  containers:
  - {{name: app, image: "{image}", command: [sh, -c, "{command}"]}}
"""
_CACHE = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: node-local-dns, namespace: kube-system}}
data:
  Corefile: |
    .:53 {{
        errors
        bind {CACHE_ADDRESS}
        cache 5
        forward . {DNS_ADDRESS}
    }}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: node-local-dns, namespace: kube-system, labels: {{k8s-app: node-local-dns}}}}
spec:
  selector: {{matchLabels: {{k8s-app: node-local-dns}}}}
  template:
    metadata: {{labels: {{k8s-app: node-local-dns}}}}
    spec:
      hostNetwork: true
      dnsPolicy: Default
      terminationGracePeriodSeconds: 0
      initContainers:
      - name: address
        image: {AGNHOST_IMAGE}
        securityContext: {{privileged: true}}
        command: [sh, -c, "ip addr show lo | grep -q {CACHE_ADDRESS} || ip addr add {CACHE_ADDRESS}/32 dev lo"]
      containers:
      - name: node-cache
        image: COREDNS
        args: [-conf, /etc/coredns/Corefile]
        volumeMounts: [{{name: config, mountPath: /etc/coredns}}]
      volumes:
      - {{name: config, configMap: {{name: node-local-dns}}}}
"""


def examined(shop: Shop, subject: str, *vantages: str, flags: tuple[str, ...] = ()) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Exit status and report of one run on the laptop, from inside of these Pods."""
    argv = [sys.executable, "-m", "kubectl_svcdoctor", subject, "-n", "shop", "-o", "json", *flags]
    done = shop.cluster.laptop([*argv, *(f"--from=pod/{name}" for name in vantages)])
    assert "Traceback" not in done.stderr and done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def examined_until(shop: Shop, slugs: list[str], subject: str, vantage: str) -> dict:  # type: ignore[type-arg]
    """The report once these are the causes; fails with the last one when that does not come about in time."""
    deadline = time.monotonic() + SETTLES_WITHIN
    while True:
        status, report = examined(shop, subject, vantage)
        if causes(report) == slugs and status == (1 if slugs else 0):
            return report
        assert time.monotonic() < deadline, json.dumps(report, indent=1)
        time.sleep(0.5)


def client_pod(name: str, node: str = "node2", policy: str = "ClusterFirst", config: str = "{}", command: str = "sleep infinity") -> str:
    return _POD.format(name=name, node=node, policy=policy, config=config, image=AGNHOST_IMAGE, command=command)


@contextmanager
def running(shop: Shop, name: str, manifest: str) -> Iterator[str]:
    with shop.created(manifest):
        shop.must("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")
        yield name


def finding(report: dict, slug: str) -> dict:  # type: ignore[type-arg]
    found: dict = next(entry for entry in report["findings"] if entry["slug"] == slug)  # type: ignore[type-arg]
    return found


def test_a_healthy_service_from_clients_on_both_nodes(shop: Shop) -> None:
    with running(shop, "near", client_pod("near", "node1")):
        status, report = examined(shop, "web", "client", "near")
    assert (status, report["verdict"], causes(report)) == (0, "healthy", [])
    assert report["vantages"] == ["api-server", "local", "pod/client", "pod/near"]
    step = next(step for step in report["path"] if step["hop"] == "proxy")
    assert step["status"] == "ok" and "2 of 2 Pod ports behind it open" in step["detail"]
    asked = {answer["from"] for record in report["dns"]["records"] for answer in record["answers"] if "from" in answer}
    assert asked == {"client", "near"}
    assert all(answer["right"] for record in report["dns"]["records"] for answer in record["answers"])


def test_headless_names_and_every_way_to_write_them(shop: Shop) -> None:
    for subject in ("sts/db", "db.shop", "db-0.db", "db.shop.svc.cluster.local"):
        status, report = examined(shop, subject, "client")
        assert (status, causes(report)) == (0, []), json.dumps(report, indent=1)


def test_resolv_conf_that_somebody_wrote(shop: Shop) -> None:
    with running(shop, "stranger", client_pod("stranger")):
        examined_until(shop, [], "web", "stranger")
        shop.must("exec", "stranger", "--", "sh", "-c", "echo nameserver 192.0.2.254 > /etc/resolv.conf")
        report = examined_until(shop, ["dns-pod-asks-elsewhere"], "web", "stranger")
    assert "192.0.2.254" in finding(report, "dns-pod-asks-elsewhere")["summary"]
    assert report["verdict"] == "degraded"


def test_a_search_domain_with_a_wildcard(shop: Shop) -> None:
    with running(shop, "searcher", client_pod("searcher", config="{searches: [wild.example]}")):
        real = shop.must("exec", "searcher", "--", "sh", "-c", "ping -c1 -w1 web.shop.svc.cluster.local || true")
        assert "203.0.113.99" in real, "the client's own resolver falls for it"
        report = examined_until(shop, ["dns-search-wildcard"], "web.shop.svc.cluster.local:80", "searcher")
        assert "203.0.113.99" in finding(report, "dns-search-wildcard")["summary"]
        examined_until(shop, [], "web:80", "searcher")
        examined_until(shop, [], "web.shop.svc.cluster.local.", "searcher")


def test_a_pod_without_a_search_path(shop: Shop) -> None:
    with running(shop, "bare", client_pod("bare", policy="None", config=f"{{nameservers: [{DNS_ADDRESS}]}}")):
        report = examined_until(shop, ["dns-search-path"], "web:80", "bare")
        assert "its search path is empty" in finding(report, "dns-search-path")["summary"]
        examined_until(shop, [], "web.shop.svc.cluster.local", "bare")


OF_THE_LIBRARY = {fault.name: fault.make for fault in all_faults()}


@contextmanager
def queries_kept_in(shop: Shop) -> Iterator[None]:
    """A policy without DNS for the client's egress."""
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "shop-only", "namespace": "shop"}, "spec": {
        "podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}]}]}}
    with shop.created(json.dumps(policy)):
        yield


@pytest.mark.parametrize("fault, slug, words", [
    (lambda shop: blocked(shop, "node2", f"ip daddr {DNS_ADDRESS} udp dport 53 drop; ip daddr {DNS_ADDRESS} tcp dport 53 drop"),
     "dns-address-silent", "that address gives no answer, and all DNS servers answer there at their own addresses"),
    (lambda shop: blocked(shop, "node2", "udp dport 53 drop"), "dns-address-silent", "it answers over TCP, and not over UDP"),
    (lambda shop: blocked(shop, "node2", "udp dport 53 drop; tcp dport 53 drop"), "dns-address-silent", "the DNS servers' own addresses do not answer either"),
    (lambda shop: blocked(shop, "node2", f"ip daddr {DNS_ADDRESS} udp dport 53 numgen inc mod 3 0 drop"),
     "dns-udp-conntrack-5s", "none to the servers' own addresses is lost"),
    (queries_kept_in, "dns-networkpolicy-blocks-53", "no NetworkPolicy allows Pod client to send DNS queries"),
    (OF_THE_LIBRARY["kube-proxy-never-started"], "kp-missing-on-node", "kube-proxy does not run on node node2: the Service's address does not work there"),
    (OF_THE_LIBRARY["route-to-other-node-missing"], "cni-cross-node", "from Pod client on node node2 Pods on node node1 are not reached"),
], ids=["address-dropped", "udp-dropped", "port-dropped", "every-third-query-lost", "policy", "no-rules-on-the-node", "no-route"])
def test_what_keeps_a_client_from_getting_through(
    fault: Callable[[Shop], AbstractContextManager[None]], slug: str, words: str, shop: Shop
) -> None:
    examined_until(shop, [], "web", "client")
    with fault(shop):
        report = examined_until(shop, [slug], "web", "client")
    assert words in finding(report, slug)["summary"], json.dumps(report, indent=1)
    assert report["verdict"] == "degraded"
    examined_until(shop, [], "web", "client")


def test_a_client_that_keeps_calling_a_pod_that_is_gone(shop: Shop) -> None:
    gone = shop.get("pod/db-0")["status"]["podIP"].rpartition(".")[0] + ".250"
    port = shop.get("service/db")["spec"]["ports"][0]["port"]
    caller = client_pod("caller", command=f"while true; do nc -w 30 {gone} {port}; done")
    with running(shop, "caller", caller):
        report = examined_until(shop, ["hl-client-caches-dns"], "db", "caller")
    assert f"calls {gone}, an address that no Pod has, on port {port}" in finding(report, "hl-client-caches-dns")["summary"]


def test_the_cache_of_a_node(shop: Shop) -> None:
    image = shop.get("deployment/coredns", "kube-system")["spec"]["template"]["spec"]["containers"][0]["image"]
    config = f"{{nameservers: [{CACHE_ADDRESS}], searches: [shop.svc.cluster.local, svc.cluster.local, cluster.local], options: [{{name: ndots, value: '5'}}]}}"
    with shop.created(_CACHE.replace("COREDNS", image)), running(shop, "cached", client_pod("cached", policy="None", config=config)):
        shop.must("rollout", "status", "daemonset/node-local-dns", "--timeout=60s", namespace="kube-system")
        report = examined_until(shop, [], "web", "cached")
        assert CACHE_ADDRESS in {answer["server"] for record in report["dns"]["records"] for answer in record["answers"]}
        away = {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node1"}}}}}
        with shop.patched("daemonset/node-local-dns", away, namespace="kube-system"):
            report = examined_until(shop, ["dns-node-cache-silent"], "web", "cached")
            assert "no Pod of NodeLocal DNSCache runs there" in finding(report, "dns-node-cache-silent")["summary"]
        shop.must("rollout", "status", "daemonset/node-local-dns", "--timeout=60s", namespace="kube-system")
        examined_until(shop, [], "web", "cached")


def test_who_may_not_exec_is_told_so(shop: Shop) -> None:
    """A finding beats an unknown; without one, what was asked for and not seen leaves the verdict open."""
    status, report = examined(shop, "web", "client", flags=("--as=watcher", "--as-group=watchers"))
    assert status == 3 and report["verdict"] == "unknown"
    with shop.created(json.dumps({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "watchers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "watchers"}]})):
        status, report = examined(shop, "web", "client", flags=("--as=watcher", "--as-group=watchers"))
    assert (status, report["verdict"], causes(report)) == (3, "unknown", [])
    unseen = next(unknown for unknown in report["unknowns"] if unknown["what"] == "what Pod client sees")
    assert unseen["why"] == "forbidden" and "pods/exec" in unseen["unlock"]


def own_pods(shop: Shop) -> set[str]:
    """The Pods that examinations have made and not removed, of whatever run."""
    return set(shop.cluster.kubectl("get", "pods", "-A", "-l", "app.kubernetes.io/name=svcdoctor", "-o", "name").stdout.split())


def test_a_pod_without_a_shell_gets_a_container_beside_it_where_that_is_asked_for(shop: Shop) -> None:
    """Its container finds no program by name, as one whose image holds nothing but the application."""
    manifest = client_pod("bare").replace("terminationGracePeriodSeconds: 0", "terminationGracePeriodSeconds: 0\n  shareProcessNamespace: true")
    manifest = manifest.replace('command: [sh, -c, "sleep infinity"]', 'env: [{name: PATH, value: /none}], command: [/bin/sh, -c, "/bin/sleep 3600"]')
    with running(shop, "bare", manifest):
        status, report = examined(shop, "web", "bare")
        [unknown] = [entry for entry in report["unknowns"] if entry["what"] == "what Pod bare sees"]
        assert status == 3 and "--probe-image" in unknown["unlock"], json.dumps(report, indent=1)
        assert shop.must("get", "pod", "bare", "-o", "jsonpath={.spec.ephemeralContainers}") == ""
        for _ in range(2):
            status, report = examined(shop, "web", "bare", flags=("--probe-image", AGNHOST_IMAGE))
            assert (status, report["verdict"], causes(report)) == (0, "healthy", []), json.dumps(report, indent=1)
            assert "pod/bare" in report["vantages"]
        # Each has ended with its run, and nothing else of the Pod, whose containers share their processes; only its entry is left.
        assert json.loads(shop.must("get", "pod", "bare", "-o", "json"))["status"]["containerStatuses"][0]["restartCount"] == 0
        deadline = time.monotonic() + SETTLES_WITHIN
        while any("running" in entry["state"] for entry in shop.get("pod/bare")["status"]["ephemeralContainerStatuses"]):
            assert time.monotonic() < deadline, shop.get("pod/bare")["status"]
            time.sleep(0.5)
        assert len(shop.get("pod/bare")["spec"]["ephemeralContainers"]) == 2


def test_pods_that_are_made_to_ask_from_and_removed(shop: Shop) -> None:
    argv = [sys.executable, "-m", "kubectl_svcdoctor", "web", "-n", "shop", "-o", "json", "--from=cluster", "--from=node/node1", "--from=node/node2"]
    others = own_pods(shop)
    done = shop.cluster.laptop(argv)
    report = json.loads(done.stdout)
    assert (done.returncode, causes(report)) == (0, []), json.dumps(report, indent=1)
    assert report["vantages"] == ["api-server", "local", "cluster", "node/node1", "node/node2"]
    assert own_pods(shop) <= others


def test_a_namespace_that_admits_restricted_pods_only(shop: Shop) -> None:
    labels, others = "pod-security.kubernetes.io/enforce", own_pods(shop)
    shop.must("label", "namespace", "shop", f"{labels}=restricted")
    try:
        status, report = examined(shop, "web", flags=("--from=cluster",))
        assert (status, report["verdict"]) == (0, "healthy"), json.dumps(report, indent=1)
        status, report = examined(shop, "web", flags=("--from=node/node1",))
        assert (status, report["verdict"]) == (3, "unknown")
        assert any("violates PodSecurity" in unknown["detail"] for unknown in report["unknowns"])
    finally:
        shop.must("label", "namespace", "shop", f"{labels}-")
    assert own_pods(shop) <= others


@contextmanager
def watching(shop: Shop) -> Iterator[subprocess.Popen[str]]:
    """An examination that goes on until it is interrupted, as a person starts it, and ended with the block whatever it does.

    What a shell has started in its background ignores SIGINT, and hands that on to its children: here they heed it.
    """
    argv = ["env", "--default-signal", sys.executable, "-m", "kubectl_svcdoctor", "web", "-n", "shop", "--from=cluster", "--watch"]
    environ = {**os.environ, "KUBECONFIG": str(shop.cluster.laptop_kubeconfig)}
    with subprocess.Popen(shop.cluster.topology.host("laptop").enter(argv), env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_examination_leaves_no_pod_behind(sent: signal.Signals, shop: Shop) -> None:
    others = own_pods(shop)
    with watching(shop) as running:
        deadline = time.monotonic() + SETTLES_WITHIN
        while not (made := own_pods(shop) - others):
            assert time.monotonic() < deadline and running.poll() is None, running.communicate(timeout=1)
            time.sleep(0.2)
        running.send_signal(sent)
        _, errors = running.communicate(timeout=20)
    assert running.returncode == 130 and "Traceback" not in errors, errors
    assert not made & own_pods(shop)
