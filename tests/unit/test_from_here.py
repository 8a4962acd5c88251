"""--from local: what this machine can tell of a Service, and what it says it cannot."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from typing import Any

import pytest

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.evidence import Here
from kubectl_svcdoctor.model.questions import DialLocal
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.probe import local
from kubectl_svcdoctor.probe.asking import Means
from tests.support.cases import Case, cases

CASES = {case.name: case for case in cases() if case.file in ("proxy/refused-from-here", "nodeport/node-ports")}
ACCEPTED = CASES["look-alike - every node accepts"]
NOT_OPEN = CASES["look-alike - a ClusterIP cannot be tried from outside"]


def examined(case: Case, *vantages: Here, **reply: str) -> Report:
    told = ({"question": "DialLocal", "where": {}, "reply": reply},) if reply else case.replies
    case = replace(case, replies=told)
    return Doctor(case.source(), prober=case.prober(), vantages=vantages).examine(case.examined_as())


def test_without_from_local_nothing_is_dialled() -> None:
    case = ACCEPTED
    doctor = Doctor(case.source(), prober=case.prober())
    report = doctor.examine(case.examined_as())
    assert not [question for question in doctor.snapshot.replies if isinstance(question, DialLocal)]
    assert "local" not in report.vantages and not _tables(report)
    assert [unknown for unknown in report.unknowns if "machine" in unknown.what] == []


def test_what_accepts_is_shown_with_where_it_was_tried_from() -> None:
    report = examined(ACCEPTED, Here())
    assert report.verdict == "healthy" and report.probed and report.vantages == ("api-server", "local")
    [table] = _tables(report)
    assert table.columns == ("node", "address", "80/TCP → 30080")
    assert [(row.label, *(cell.text for cell in row.cells), row.status) for row in table.rows] == [
        ("node1", "192.0.2.11", "open", "ok"), ("node2", "192.0.2.12", "open", "ok")]


@pytest.mark.parametrize(("outcome", "words"), [("timeout", "no answer within 3 seconds"), ("unreachable", "no route to host")])
@pytest.mark.parametrize("asked", [True, False])
def test_nothing_that_answers_is_unknown_only_where_it_was_asked_for(outcome: str, words: str, asked: bool) -> None:
    report = examined(ACCEPTED, Here(asked), outcome=outcome, words=words)
    [unknown] = [unknown for unknown in report.unknowns if "this machine" in unknown.what]
    assert unknown.what == "whether 192.0.2.11:30080, 192.0.2.12:30080 accept connections from this machine"
    assert (unknown.why, unknown.detail) == (outcome if asked else "not-tried", words)
    assert report.verdict == ("unknown" if asked else "healthy")
    assert not report.findings


@pytest.mark.parametrize(("spec", "words"), [
    ({}, "a ClusterIP is reached from inside of the cluster only"), ({"clusterIP": "None", "clusterIPs": ["None"]}, "the addresses of its Pods are reached"),
    ({"type": "ExternalName", "externalName": "db.example.com", "clusterIP": None, "clusterIPs": None, "selector": None}, "has no address of its own"),
    ({"type": "LoadBalancer", "ports": [{"port": 80, "protocol": "TCP"}]}, "it has no external address yet"),
])
def test_what_cannot_be_tried_from_here_is_said_with_the_flag_that_tries_it(spec: dict[str, Any], words: str) -> None:
    case = replace(NOT_OPEN, change=({"kind": "Service", "name": "web", "patch": {"spec": spec}},), name=f"{NOT_OPEN.name} {spec}")
    report = examined(case, Here())
    [unknown] = [unknown for unknown in report.unknowns if "this machine" in unknown.what]
    assert (unknown.what, unknown.why) == ("whether this machine reaches Service web", "not-tried")
    assert words in unknown.detail and unknown.unlock == "kubectl svcdoctor service/web --from cluster -n shop"


def test_a_large_cluster_costs_no_more_connections() -> None:
    nodes = tuple({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{number}"},
                   "status": {"addresses": [{"type": "InternalIP", "address": f"192.0.2.{number}"}, {"type": "ExternalIP", "address": f"198.51.100.{number}"}]}}
                  for number in range(100, 140))
    case = replace(ACCEPTED, add=nodes, change=(*ACCEPTED.change, {"kind": "Node", "name": "node*", "patch": None}))
    doctor = Doctor(case.source(), prober=case.prober(), vantages=(Here(),))
    doctor.examine(case.examined_as())
    asked = [question for question in doctor.snapshot.replies if isinstance(question, DialLocal)]
    assert sorted(question.address for question in asked) == [f"192.0.2.{number}" for number in range(100, 116)] + [
        f"198.51.100.{number}" for number in range(100, 116)]
    [table] = _tables(doctor.examine(case.examined_as()))
    assert table.note == "16 of 40 nodes"


def test_many_ports_that_nobody_answers_take_as_long_as_one() -> None:
    """All of them are dialled at once: three nodes with four ports each end with the first deadline."""
    dials = [DialLocal("127.0.0.1", port) for port in _deaf(12)]
    started = time.monotonic()
    replies = local.dialled(Means(None, until=time.monotonic() + 1), dials)  # type: ignore[arg-type]
    assert {reply.outcome for reply in replies.values()} == {"timeout"} and len(replies) == 12
    assert time.monotonic() - started < 2 * 1


def _deaf(count: int) -> list[int]:
    """Ports of this machine whose queues are full, so that nobody answers."""
    ports = []
    for _ in range(count):
        deaf = socket.socket()
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        _KEPT.append(deaf)
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
            _KEPT.append(waiting)
        ports.append(deaf.getsockname()[1])
    return ports


_KEPT: list[socket.socket] = []


def _tables(report: Report) -> list[Any]:
    return [table for table in report.tables if table.title == "node ports from this machine"]
