"""The command line as a whole, on clusters made of objects: subjects by address, waiting, watching, and subjects that a recording does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kubectl_svcdoctor import demo
from kubectl_svcdoctor.cli import run
from kubectl_svcdoctor.cli.main import status
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.graph.fixes.patches import merged
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from tests.support.cases import base, cases

Manifest = dict[str, Any]
Cluster = Callable[..., Recording]


def objects(*changes: tuple[str, str, Manifest]) -> tuple[Any, ...]:
    """The healthy cluster, with merge patches on objects by kind and name, and the slices that follow from that."""
    healthy = next(case for case in cases() if not case.finds and not case.change and not case.add)
    patches = tuple({"kind": kind, "name": name, "patch": patch} for kind, name, patch in changes)
    return replace(healthy, name=repr(changes), change=patches).source().objects


def unready(name: str, since: str = "2026-11-02T11:59:30Z") -> tuple[str, str, Manifest]:
    """A Pod that has started a moment ago and is not ready yet."""
    conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": since}]
    return ("Pod", name, {"metadata": {"creationTimestamp": since}, "status": {"startTime": since, "conditions": conditions}})


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Makes the command line read these objects; each further list is what the cluster has become after another pause."""

    def made(*moments: tuple[Any, ...]) -> Recording:
        left = list(moments)
        source = Recording(left.pop(0), base()["clock"])

        def passes(seconds: float) -> None:
            if not left:
                raise KeyboardInterrupt
            source.objects = left.pop(0)

        monkeypatch.setattr(run.time, "sleep", passes)
        monkeypatch.setattr(run, "_source", lambda flags: (source, flags.namespace or "shop"))
        return source

    return made


V6 = ("Service", "web", {"spec": {"clusterIPs": ["10.96.0.10", "fd00:0:0::7"], "ipFamilies": ["IPv4", "IPv6"], "externalIPs": ["203.0.113.9"]},
                         "status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.4"}]}}})


@pytest.mark.parametrize("typed", ["10.96.0.10", "10.96.0.10:80", "fd00::7", "[fd00::7]:80", "FD00:0::7", "203.0.113.9", "198.51.100.4:80"])
@pytest.mark.parametrize("namespace", ["shop", "elsewhere"])
def test_an_address_finds_its_service_in_any_namespace(typed: str, namespace: str, cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects(V6))
    status([typed, "-n", namespace, "-o", "name"])
    assert capsys.readouterr().out.startswith("service/web ")


def test_the_port_behind_an_address_is_looked_at(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects())
    assert status(["10.96.0.10:81", "-n", "shop"]) == 1
    assert "has no port 81" in capsys.readouterr().out


def test_that_an_address_may_be_a_node_s_is_said_where_nodes_may_not_be_listed(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    source = cluster(objects())
    source.refused = {Query(Node): Unknown("nodes", "forbidden", "may not", "ask")}
    assert status(["192.0.2.11:30080", "-n", "shop"]) == 3
    assert "whether it is a node's could not be checked" in capsys.readouterr().err


def test_of_services_that_share_an_address_the_one_with_the_port_is_meant(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    shared = {"spec": {"externalIPs": ["203.0.113.9"]}}
    cluster(objects(("Service", "web", shared), ("Service", "api", merged(shared, {"spec": {"ports": [{"port": 9, "targetPort": 8080}]}}))))
    status(["203.0.113.9:9", "-n", "shop", "-o", "name"])
    assert capsys.readouterr().out.startswith("service/api ")
    status(["203.0.113.9", "-n", "shop", "-o", "name"])
    assert {line.partition(" ")[0] for line in capsys.readouterr().out.splitlines()} == {"service/web", "service/api"}


@pytest.mark.parametrize(("typed", "said"), [("10.96.9.9", "no Service has the address 10.96.9.9"), ("10.96.300.1", "neither an IP address"),
                                             ("10.96.0.10:99999", "65535")])
def test_an_address_of_no_service_is_said_to_be_one(typed: str, said: str, cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects())
    assert status([typed]) == 2
    assert said in capsys.readouterr().err


def test_services_that_may_not_be_listed_leave_an_address_undetermined(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects()).reads = (Query(type(next(item for item in objects() if item.ref.kind == "Service")), "elsewhere"),)  # type: ignore[arg-type]
    assert status(["10.96.0.10", "-n", "elsewhere"]) == 3
    assert "could not be listed" in capsys.readouterr().err


def test_a_subject_that_a_recording_does_not_hold_is_undetermined(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects()).reads = ()
    assert status(["other", "-n", "shop"]) == 3
    assert "is undetermined" in capsys.readouterr().out


def test_waiting_ends_when_all_pods_are_there(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    behind = {"status": {"readyReplicas": 2, "updatedReplicas": 2}}
    source = cluster(objects(unready("web-6d4cf56db6-aaaaa"), ("Deployment", "web", behind)), objects(("Deployment", "web", behind)), objects())
    assert status(["web", "--wait"]) == 0
    assert source.objects == objects()
    out = capsys.readouterr().out
    assert out.count("shop/web") == 1
    assert "3 of 3 ready" in out


@pytest.mark.parametrize(("change", "said"), [
    (("Deployment", "web", {"metadata": {"generation": 2}}), "its controller has not acted on it yet"),
    (("Deployment", "web", {"spec": {"replicas": 4}}), "3 of 4 Pods of deployment/web are of the new version"),
    (("Deployment", "web", {"status": {"readyReplicas": 2}}), "2 of 3 Pods of deployment/web are ready"),
    (unready("web-6d4cf56db6-aaaaa"), "2 of 3 Pods are ready"),
])
def test_what_is_still_to_come_at_the_end_of_the_wait_is_said(change: tuple[str, str, Manifest], said: str, cluster: Cluster,
                                                              capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects(change), objects(change))
    assert status(["web", "--wait", "--timeout", "1ms"]) == 3
    assert said in capsys.readouterr().err
    assert status(["web"]) == 0


def test_watching_prints_what_has_changed_and_no_ages(cluster: Cluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = ("Service", "web", {"spec": {"selector": {"app": "wbe"}}})
    source = cluster(objects(wrong), objects(wrong), objects(wrong), objects())
    passes = run.time.sleep

    def later(seconds: float) -> None:
        passes(seconds)
        source.taken_at += timedelta(seconds=61)

    monkeypatch.setattr(run.time, "sleep", later)
    assert status(["web", "-w"]) == 130
    out = capsys.readouterr().out
    assert (out.count("shop/web is broken"), out.count("shop/web is healthy")) == (1, 1)


def test_watching_says_once_that_there_is_no_such_service(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster(objects(), objects(), objects())
    assert status(["nothing", "-w"]) == 130
    assert capsys.readouterr().err.count("there is no Service nothing") == 1


def test_the_demo_is_a_whole_recording(capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(demo.__file__).parent / "shop.yaml"
    assert status(["--replay", str(file), "-n", "shop", "-o", "name"]) == 1
    verdicts = sorted(line.split()[2] for line in capsys.readouterr().out.splitlines())
    assert verdicts == ["broken"] * 5 + ["healthy"]
