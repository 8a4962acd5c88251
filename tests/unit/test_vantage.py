"""What --from names, and the Pods that are made for it: removed however the examination ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.connection.objects import Objects
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.evidence import Here, Vantage, Wanted
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.probe import own_pod
from kubectl_svcdoctor.vantage import Standpoints, parse
from tests.support.cases import cases
from tests.unit.connection.server import Answer, Asked, serving


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
    """What an API server does with at most one Pod. `statuses` are what its status becomes, at each look; a watch tells all that are left.
    `watching` is the status of a watch's answer, 0 for a connection that is lost. A status of 0 elsewhere is an answer that is lost."""

    statuses: list[dict[str, Any]] = field(default_factory=lambda: [{"phase": "Pending"}, {"phase": "Running"}])
    creating: tuple[int, str] = (201, "")
    deleting: int = 200
    watching: int = 200
    exists: bool = True
    body: bytes = b""
    pod: dict[str, Any] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    reads: int = 0

    def answer(self, asked: Asked) -> Answer:
        path, _, parameters = asked.path.partition("?")
        if asked.method == "POST":
            self.pod = json.loads(asked.body)
            assert path == f"/api/v1/namespaces/{self.pod['metadata']['namespace']}/pods"
            return answered(*self.creating)
        if asked.method == "DELETE":
            self.deleted.append(path)
            return answered(self.deleting, "no")
        if "watch" in parameters:
            assert f"fieldSelector=metadata.name%3D{self.pod['metadata']['name']}" in parameters and "resourceVersion=1" in parameters
            return Answer(raw=HEAD + b"".join(self.events())) if self.watching == 200 else answered(self.watching, "no")
        self.reads += 1
        return Answer(200, self.body or json.dumps(self.looked()).encode()) if self.exists else answered(404, "not found")

    def looked(self) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {**self.pod, "metadata": {**self.pod["metadata"], "resourceVersion": "1"}, "status": status}

    def events(self) -> Iterator[bytes]:
        for _ in list(self.statuses):
            yield json.dumps({"type": "MODIFIED", "object": self.looked()}).encode() + b"\n"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


def answered(status: int, message: str) -> Answer:
    return Answer(status, said(message)) if status else Answer(raw=b"")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pod, "PAUSE", 0.0)
    monkeypatch.setattr(own_pod, "STARTS_WITHIN", 0.2)


@contextmanager
def standing(server: Server, wanted: Wanted = Wanted("shop", "cluster")) -> Iterator[Vantage | Unknown]:  # noqa: B008 - frozen
    with serving() as http:
        http.answer = server.answer
        with own_pod.standing(connect(ConnectionOptions(kubeconfig=os.devnull, server=http.url), {}), wanted, "image") as found:
            yield found


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


def test_that_it_runs_is_seen_by_a_watch() -> None:
    server = Server([{"phase": "Pending"}, {"phase": "Pending"}, {"phase": "Running"}])
    with standing(server) as found:
        assert isinstance(found, Vantage)
    assert server.reads == 1


@pytest.mark.parametrize("watching", [403, 410, 500, 0])
def test_where_watching_is_not_allowed_or_breaks_it_is_read_again(watching: int) -> None:
    server = Server([{"phase": "Pending"}, {"phase": "Pending"}, {"phase": "Running"}], watching=watching)
    with standing(server) as found:
        assert isinstance(found, Vantage)
    assert server.reads == 3


def test_one_that_was_created_by_a_request_whose_answer_was_lost_is_removed() -> None:
    server = Server(creating=(409, "pods already exists"))
    with standing(server) as found:
        assert isinstance(found, Vantage)
    assert len(server.deleted) == 1


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
    with standing(Server(body=body)) as found:
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
    def impatient(*args: object, **named: object) -> None:
        raise KeyboardInterrupt

    server = Server()
    monkeypatch.setattr(Objects, "delete", impatient)
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
