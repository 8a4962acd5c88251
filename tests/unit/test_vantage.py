"""What --from names, and the Pods that are made for it: removed however the examination ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubectl_svcdoctor.collect.connection import Response, Unreachable
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.flags import Flags
from kubectl_svcdoctor.model.evidence import Here, Vantage, Wanted
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.probe import own_pod
from kubectl_svcdoctor.vantage import Standpoints, parse
from tests.support.cases import cases


def test_what_from_means() -> None:
    assert parse(("pod/a", "po/other/b", "local", "node/n1", "cluster", "pod/a"), "shop") == (
        Vantage("shop", "a"), Vantage("other", "b"), Here(), Wanted("shop", "node/n1", "n1"), Wanted("shop", "cluster"))


@pytest.mark.parametrize("typed", ["a", "pod", "pod/", "pod/a/b/c", "node/", "node", "node/a/b", "cluster/x", "deploy/web", ""])
def test_what_it_does_not_mean(typed: str) -> None:
    with pytest.raises(UserError, match="give pod/NAME"):
        parse((typed,), "shop")


def said(message: str) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "message": message}).encode()


@dataclass
class Server:
    """An API server that holds at most one Pod. `statuses` are what its status becomes, read by read."""

    statuses: list[dict[str, Any]] = field(default_factory=lambda: [{"phase": "Pending"}, {"phase": "Running"}])
    creating: tuple[int, str] = (201, "")
    deleting: int = 200
    exists: bool = True
    pod: dict[str, Any] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def post(self, path: str, body: dict[str, Any], timeout: float | None = None) -> Response:
        assert path == f"/api/v1/namespaces/{body['metadata']['namespace']}/pods"
        self.pod = body
        if self.creating[0] == 0:
            raise Unreachable("the API server is gone")
        return Response(self.creating[0], said(self.creating[1]), None)

    def get(self, path: str, timeout: float | None = None) -> Response:
        if not self.exists:
            return Response(404, said("not found"), None)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Response(200, json.dumps({**self.pod, "status": status}).encode(), None)

    def delete(self, path: str, timeout: float | None = None) -> Response:
        self.deleted.append(path)
        if self.deleting == 0:
            raise Unreachable("the API server is gone")
        return Response(self.deleting, said("no"), None)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pod, "PAUSE", 0.0)
    monkeypatch.setattr(own_pod, "STARTS_WITHIN", 0.2)


def standing(server: Server, wanted: Wanted = Wanted("shop", "cluster")) -> Any:  # noqa: B008 - frozen
    return own_pod.standing(server, wanted, "image")  # type: ignore[arg-type]


def test_a_pod_for_the_time_of_the_examination() -> None:
    server = Server()
    with standing(server) as found:
        assert isinstance(found, Vantage)
        assert (found.namespace, found.label) == ("shop", "cluster")
        assert server.deleted == []
    assert server.deleted == [f"/api/v1/namespaces/shop/pods/{found.name}"]
    spec, container = server.pod["spec"], server.pod["spec"]["containers"][0]
    # The profile "restricted" of the Pod Security Standards.
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert spec["activeDeadlineSeconds"] and not spec["automountServiceAccountToken"]
    assert "hostNetwork" not in spec


def test_a_pod_on_the_network_of_a_node() -> None:
    server = Server()
    with standing(server, Wanted("shop", "node/n1", "n1")) as found:
        assert isinstance(found, Vantage) and found.label == "node/n1"
    spec = server.pod["spec"]
    assert (spec["nodeName"], spec["hostNetwork"], spec["dnsPolicy"]) == ("n1", True, "ClusterFirstWithHostNet")


@pytest.mark.parametrize(("server", "why", "words"), [
    (Server([{"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]}]),
     "unreachable", "ErrImagePull: not found"),
    (Server([{"phase": "Failed", "message": "Pod was rejected"}]), "unreachable", "Pod was rejected"),
    (Server([{"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}]}]),
     "timeout", "0/2 nodes are available"),
    (Server([{"phase": "Pending"}]), "timeout", "did not start within"),
])
def test_a_pod_that_does_not_come_about_is_told_and_removed(server: Server, why: str, words: str) -> None:
    with standing(server) as found:
        assert isinstance(found, Unknown) and found.withheld
        assert found.why == why and words in found.detail and found.unlock
    assert len(server.deleted) == 1


@pytest.mark.parametrize(("server", "why", "words"), [
    (Server(creating=(403, 'pods is forbidden: User "dev" cannot create'), deleting=403), "forbidden", "cannot create"),
    (Server(creating=(422, "exceeded quota"), deleting=0), "unreachable", "exceeded quota"),
])
def test_a_pod_that_was_never_created_is_not_left_behind(server: Server, why: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with standing(server) as found:
        assert isinstance(found, Unknown) and found.withheld
        assert found.why == why and words in found.detail and found.unlock
    assert (server.deleted, capsys.readouterr().err) == ([], "")


@pytest.mark.parametrize("lost", [504, 0])
@pytest.mark.parametrize("exists", [True, False])
def test_a_pod_whose_creation_was_not_answered_is_looked_for_and_removed(lost: int, exists: bool, capsys: pytest.CaptureFixture[str]) -> None:
    server = Server(creating=(lost, "time-out"), exists=exists)
    with standing(server) as found:
        assert isinstance(found, Vantage if exists else Unknown)
    assert len(server.deleted) == 1
    assert capsys.readouterr().err == ""


def test_where_nobody_knows_whether_it_was_created_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with standing(Server(creating=(0, ""), exists=False, deleting=0)):
        pass
    told = capsys.readouterr().err
    assert "is not known" in told and "left behind" not in told


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"kind": "List", "apiVersion": "v1"}', b'{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x"}}'])
def test_an_answer_that_is_no_pod_is_told(body: bytes) -> None:
    server = Server()
    server.get = lambda path, timeout=None: Response(200, body, None)  # type: ignore[method-assign]
    with standing(server) as found:
        assert isinstance(found, Unknown) and found.why == "malformed"


@pytest.mark.parametrize("ending", [KeyboardInterrupt, UserError("x"), SystemExit])
def test_it_is_removed_however_the_examination_ends(ending: Any) -> None:
    server = Server()
    with suppress(KeyboardInterrupt, UserError, SystemExit), standing(server):
        raise ending
    assert len(server.deleted) == 1


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_removes_it_too(sent: signal.Signals) -> None:
    server, before = Server(), signal.signal(sent, signal.SIG_DFL)  # what started the tests may ignore it
    try:
        with pytest.raises(KeyboardInterrupt), standing(server):
            os.kill(os.getpid(), sent)
            signal.sigtimedwait([], 1)
        assert signal.getsignal(sent) is signal.SIG_DFL
    finally:
        signal.signal(sent, before)
    assert len(server.deleted) == 1


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_ignored_from_the_start_stays_ignored(sent: signal.Signals) -> None:
    """As nohup and a shell's background jobs have it: the examination goes on, and its end removes the Pod."""
    server, before = Server(), signal.signal(sent, signal.SIG_IGN)
    try:
        with standing(server) as found:
            os.kill(os.getpid(), sent)
            assert isinstance(found, Vantage) and server.deleted == []
    finally:
        signal.signal(sent, before)
    assert len(server.deleted) == 1


def test_a_second_interrupt_says_what_is_left_behind(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def impatient(*args: object, **named: object) -> Response:
        raise KeyboardInterrupt

    server = Server()
    monkeypatch.setattr(server, "delete", impatient)
    with pytest.raises(KeyboardInterrupt), standing(server):
        raise KeyboardInterrupt
    assert f"left behind: interrupted; remove it with: kubectl -n shop delete pod {server.pod['metadata']['name']}" in capsys.readouterr().err


@pytest.mark.parametrize("status", [403, 0])
def test_what_is_left_behind_is_told(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    server = Server(deleting=status)
    with standing(server) as found:
        pass
    assert f"remove it with: kubectl -n shop delete pod {found.name}" in capsys.readouterr().err


def doctor(case_name: str) -> tuple[Doctor, Subject]:
    case = next(case for case in cases() if case.id == case_name)
    return Doctor(case.source(), prober=case.prober()), case.examined_as()


HEALTHY = "dns/from-a-pod: look-alike - a client whose names resolve and whose connections come through"


def standpoints(found: Doctor, *typed: str) -> Iterator[Standpoints]:
    class Elsewhere:
        """A Source that is no recording."""

    with Standpoints(Elsewhere(), Flags({"vantages": typed, "probe_image": None}), "shop") as made:  # type: ignore[arg-type]
        yield made


def test_a_pod_that_is_not_there_is_a_typing_error() -> None:
    found, subject = doctor(HEALTHY)
    for typed, words in (("pod/api", "there is no Pod api in namespace shop"), ("node/node9", "there is no node node9")):
        for made in standpoints(found, typed):
            with pytest.raises(UserError, match=words):
                made.seen(found, subject)


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_a_pod_that_does_not_run_is_told_before_it_is_entered(phase: str) -> None:
    case = next(case for case in cases() if case.id == HEALTHY)
    stopped = replace(case, change=({"kind": "Pod", "name": "api-*", "patch": {"status": {"phase": phase}}},), file=f"{case.file} {phase}")
    found = Doctor(stopped.source(), prober=stopped.prober())
    for made in standpoints(found, "pod/api-7c9f4b5d8-ddddd"):
        with pytest.raises(UserError, match=rf"Pod api-7c9f4b5d8-ddddd does not run \({phase}\)"):
            made.seen(found, stopped.examined_as())


def test_both_rounds_are_counted() -> None:
    found, subject = doctor(HEALTHY)
    for made in standpoints(found, "pod/api-7c9f4b5d8-ddddd"):
        report = made.seen(found, subject)
        assert (report.verdict, report.vantages) == ("healthy", ("api-server", "pod/api-7c9f4b5d8-ddddd"))


def test_what_is_broken_is_not_tried_from_inside() -> None:
    case = next(case for case in cases() if case.verdict == "broken" and case.file.startswith("selector/") and not case.listens)
    found, subject = doctor(case.id)
    for made in standpoints(found, "pod/api-7c9f4b5d8-ddddd", "cluster"):
        report = made.seen(found, subject)
        assert report.verdict == "broken"
        untried = report.unknowns[-1]
        assert (untried.what, untried.why) == ("what shows from pod/api-7c9f4b5d8-ddddd and cluster", "not-tried")
        assert "api-7c9f4b5d8-ddddd" not in str(report.vantages)
