"""Real CoreDNS against the DNS specification: every Service of the lab, and every Pod that has a name, on every server."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, connect
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.graph.dns.answers import USUAL_DOMAIN
from kubectl_svcdoctor.graph.dns.records import records
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS, DNSSlices, dns_services, name_servers
from kubectl_svcdoctor.model.dns import RecordSet
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.finding import recreating
from kubectl_svcdoctor.model.meta import TracedMeta
from kubectl_svcdoctor.model.questions import Lookup, Resolved, Resolver, Resolving, Server
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe.asking import Means
from kubectl_svcdoctor.probe.name_servers import ANSWER_SECONDS
from kubectl_svcdoctor.probe.through_api import ThroughAPI
from tests.lab.cluster import Cluster
from tests.lab.faults import Shop
from tests.lab.images import AGNHOST_IMAGE


@pytest.fixture(scope="module")
def connection(cluster: Cluster, shop: Shop) -> Connection:
    shop.must("rollout", "status", "deployment/coredns", "--timeout=60s", namespace="kube-system")
    return connect(ConnectionOptions(kubeconfig=str(cluster.kubeconfig)), {})


@pytest.fixture(scope="module")
def zone(connection: Connection) -> tuple[list[RecordSet], list[Server], list[Pod]]:
    """Every record set of the cluster, its DNS servers, and its Pods."""
    queries = [Query(kind) for kind in (Service, EndpointSlice, Pod)]
    answers = APIServer(connection).ask(queries)  # type: ignore[arg-type]
    services, slices, pods = (answers[query] for query in queries)  # type: ignore[index]
    found: list[RecordSet] = []
    for service in services:  # type: ignore[union-attr]
        mine = [part for part in slices if part.namespace == service.namespace and part.labels.get(SERVICE_NAME) == service.name]  # type: ignore[union-attr]
        found += records(service, mine, USUAL_DOMAIN)  # type: ignore[arg-type]
    dns = ClusterDNS(dns_services([item for item in services if item.namespace == "kube-system"])[0])  # type: ignore[arg-type,union-attr,misc]
    parts = DNSSlices(part for part in slices if part.labels.get(SERVICE_NAME) == dns.service.name)  # type: ignore[union-attr]
    return found, list(name_servers(dns, parts)), list(pods)  # type: ignore[arg-type]


def test_the_whole_zone_is_what_the_specification_demands(connection: Connection, zone: tuple[list[RecordSet], list[Server], list[Pod]]) -> None:
    demanded, servers, _ = zone
    assert len(servers) == 2 and len(demanded) > 40
    replies = ThroughAPI(Means(connection)).ask([Lookup(server, record.name, record.type) for server in servers for record in demanded])
    wrong = []
    for server in servers:
        for record in demanded:
            told = replies[Lookup(server, record.name, record.type)]
            if not isinstance(told, Resolved) or not record.agrees(told):
                wrong.append((server.pod, record, told))
    assert not wrong


def test_no_other_pod_has_a_name(connection: Connection, zone: tuple[list[RecordSet], list[Server], list[Pod]]) -> None:
    """The other way round: what the specification gives no name, has none."""
    demanded, servers, pods = zone
    named = {record.name for record in demanded}
    others = {f"{pod.name}.{service}.{pod.namespace}.svc.{USUAL_DOMAIN}" for pod in pods for service in ("web", "db", "welcome", "kube-dns")} - named
    assert len(others) > 20
    replies = ThroughAPI(Means(connection)).ask([Lookup(servers[0], name, "A") for name in sorted(others)])
    assert {reply.status for reply in replies.values() if isinstance(reply, Resolved)} == {"NXDOMAIN"}


def test_what_the_kubelets_give_to_pods(connection: Connection, cluster: Cluster) -> None:
    (told,) = ThroughAPI(Means(connection)).ask([Resolver("node1")]).values()
    assert told == Resolving(USUAL_DOMAIN, ("10.96.0.10",))


def command_line(pid: int) -> str:
    """Words of a process, empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def paused_server(cluster: Cluster) -> Iterator[None]:
    """One CoreDNS of the cluster takes connections (its kernel does) and answers nothing."""
    pid = next(pid for pid in sorted(cluster.pids()) if command_line(pid).startswith("/coredns -conf /etc/coredns/Corefile"))
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)  # raises when the pause was so long that the kubelet has ended the server


def test_a_server_that_hangs_costs_its_time_out_once(
    cluster: Cluster, connection: Connection, zone: tuple[list[RecordSet], list[Server], list[Pod]]
) -> None:
    demanded, servers, _ = zone
    with paused_server(cluster):
        replies = ThroughAPI(Means(connection)).ask([Lookup(server, record.name, record.type) for server in servers for record in demanded[:20]])
        argv = [sys.executable, "-m", "kubectl_svcdoctor", "web", "-n", "shop", "-o", "json"]
        report = json.loads(cluster.laptop(argv).stdout)
    silent = {server.pod: [replies[Lookup(server, record.name, record.type)] for record in demanded[:20]] for server in servers}
    counts = sorted(sum(isinstance(reply, Resolved) and reply.status == "SILENT" for reply in told) for told in silent.values())
    assert counts == [0, 20]
    assert [(found["slug"], found["role"]) for found in report["findings"]] == [("dns-server-silent", "cause")]
    assert report["verdict"] == "degraded"
    assert report["seconds"] < 3 * ANSWER_SECONDS, "twenty names, two rounds at most, and one time-out for each"


_LEDGER = f"""\
apiVersion: v1
kind: Service
metadata: {{name: ledger, namespace: shop}}
spec: {{selector: {{app: ledger}}, ports: [{{name: http, port: 8080}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: ledger, namespace: shop}}
spec:
  serviceName: ledger
  replicas: 1
  selector: {{matchLabels: {{app: ledger}}}}
  template:
    metadata: {{labels: {{app: ledger}}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {{name: ledger, image: "{AGNHOST_IMAGE}", args: [netexec, --http-port=8080, --udp-port=-1], ports: [{{name: http, containerPort: 8080}}]}}
"""


def test_a_remark_on_a_service_with_a_cluster_ip_prints_nothing_that_changes_it(shop: Shop) -> None:
    with shop.created(_LEDGER):
        shop.must("rollout", "status", "statefulset/ledger", "--timeout=60s")
        before = shop.get("service/ledger")
        done = shop.cluster.laptop([sys.executable, "-m", "kubectl_svcdoctor", "sts/ledger", "-n", "shop", "-o", "json"])
        remark = next(entry for entry in json.loads(done.stdout)["findings"] if entry["slug"] == "sts-not-headless")
        for command in remark["fix"]["commands"]:
            assert shop.cluster.laptop(["bash", "-c", command]).returncode == 0
        assert shop.get("service/ledger")["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_what_cannot_be_changed_in_place_is_saved_and_recreated_by_one_paste(shop: Shop, tmp_path: Path) -> None:
    with shop.created(_LEDGER):
        before = shop.get("service/ledger")
        service = Service(metadata=TracedMeta(name="ledger", namespace="shop"))
        fix = recreating("make it headless", service, {"spec": {"clusterIP": "None", "clusterIPs": ["None"]}}, "its address is gone")
        paste = f"cd {shlex.quote(str(tmp_path))} && {fix.commands[0]}"
        pasted = shop.cluster.laptop(["bash", "-c", paste])
        assert pasted.returncode == 0, pasted.stderr
        after = shop.get("service/ledger")
        assert (after["spec"]["clusterIP"], after["spec"]["selector"]) == ("None", before["spec"]["selector"])
        saved = yaml.safe_load((tmp_path / "saved-service-ledger.yaml").read_text())
        assert saved["spec"]["clusterIP"] == before["spec"]["clusterIP"]
        assert shop.cluster.laptop(["bash", "-c", paste]).returncode != 0, "what was saved first is not overwritten, and nothing is run"
        assert shop.get("service/ledger")["metadata"]["uid"] == after["metadata"]["uid"]
