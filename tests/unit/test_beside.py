"""An ephemeral container beside one without a shell: said beforehand, used again, and ended with the run."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, connect
from kubectl_svcdoctor.model.questions import Dial, DialFrom, Dialled, Inside, Look
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import beside, inside
from kubectl_svcdoctor.probe.asking import Means
from tests.unit.connection.server import Answer, Asked, serving

CLIENT = Inside("shop", "web-0", "app", "node1")
IMAGE = "registry.example.com/tools:1"


@dataclass
class Server:
    """An API server with one Pod. `becomes` is the state of an ephemeral container, once there is one."""

    becomes: dict[str, Any] = field(default_factory=lambda: {"running": {}})
    patching: int = 200
    pod: dict[str, Any] = field(default_factory=lambda: {"metadata": {"name": "web-0"}, "spec": {}, "status": {}})
    patches: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if asked.method != "PATCH":
            assert path == "/api/v1/namespaces/shop/pods/web-0"
            return Answer(200, json.dumps(self.pod).encode())
        assert path == "/api/v1/namespaces/shop/pods/web-0/ephemeralcontainers"
        assert asked.headers["content-type"] == "application/strategic-merge-patch+json"
        if self.patching != 200:
            return Answer(self.patching, json.dumps({"kind": "Status", "apiVersion": "v1", "message": "no"}).encode())
        body = json.loads(asked.body)
        self.patches.append(body)
        [made] = body["spec"]["ephemeralContainers"]
        self.pod["spec"]["ephemeralContainers"] = [made]
        self.pod["status"]["ephemeralContainerStatuses"] = [{"name": made["name"], "state": self.becomes}]
        return Answer(200, json.dumps(self.pod).encode())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "PAUSE", 0.01)
    monkeypatch.setattr(beside, "STARTS_WITHIN", 0.2)


@contextmanager
def connected(server: Server) -> Iterator[Connection]:
    with serving() as http:
        http.answer = server.answer
        yield connect(ConnectionOptions(kubeconfig=os.devnull, server=http.url), {})


@pytest.fixture(autouse=True)
def alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_alive", lambda *words: True)


def made(server: Server, ends: list[Callable[[], None]] | None = None) -> Inside | Unknown:
    with connected(server) as connection:
        return beside.beside(connection, CLIENT, IMAGE, (ends if ends is not None else []).append)


def test_it_is_said_beforehand_and_stands_beside_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    server, ends = Server(), []  # type: ignore[var-annotated]
    found = made(server, ends)
    assert isinstance(found, Inside) and found.container.startswith("svcdoctor-") and len(ends) == 1
    [container] = server.patches[0]["spec"]["ephemeralContainers"]
    assert (container["name"], container["image"]) == (found.container, IMAGE)
    assert container["securityContext"]["runAsNonRoot"] and container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["command"][-1] == found.container
    told = capsys.readouterr().err
    assert "its entry stays in the Pod until the Pod is recreated" in told and found.container in told


def test_its_process_is_ended_and_no_other_of_the_pod() -> None:
    """Where a Pod's containers share their processes, number 1 is the Pod's own; another of ours is another run's."""
    started = [subprocess.Popen(beside.manifest(CLIENT, name, IMAGE)["command"]) for name in ("svcdoctor-0a1b2c3d", "svcdoctor-4e5f6071")]
    ours, theirs = started
    try:
        end = ["sh", "-c", beside.ENDING, "end", *beside.in_two("svcdoctor-0a1b2c3d")]
        subprocess.run(end, check=True)
        assert ours.wait(5) == 0 and theirs.poll() is None
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_one_that_runs_still_is_used_again(capsys: pytest.CaptureFixture[str]) -> None:
    server = Server()
    first, again = made(server), made(server)
    assert first == again and len(server.patches) == 1
    assert capsys.readouterr().err.count("warning") == 1


def test_one_that_takes_no_commands_any_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    made(server)
    monkeypatch.setattr(beside, "_alive", lambda *words: False)
    made(server)
    assert len(server.patches) == 2


def test_one_that_has_ended_or_is_of_another_image_is_not() -> None:
    server = Server()
    made(server)
    server.pod["status"]["ephemeralContainerStatuses"][0]["state"] = {"terminated": {}}
    made(server)
    server.pod["spec"]["ephemeralContainers"][0]["image"] = "another"
    made(server)
    assert len(server.patches) == 3


@pytest.mark.parametrize(("server", "why", "words"), [
    (Server(patching=403), "forbidden", "pods --subresource=ephemeralcontainers"), (Server(patching=422), "unreachable", "no"),
    (Server(becomes={"waiting": {"reason": "ErrImagePull", "message": "not found"}}), "unreachable", "ErrImagePull: not found"),
    (Server(becomes={"waiting": {}}), "timeout", "did not start within"),
])
def test_why_there_is_none_is_told(server: Server, why: str, words: str) -> None:
    found = made(server)
    assert isinstance(found, Unknown) and found.why == why and words in f"{found.detail} {found.unlock}"
    assert found.what == "what Pod web-0 sees"


def test_questions_are_put_to_it_and_answered_as_the_pod_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """The container without a shell is asked first, and the one beside it only where an image is given."""
    class Entered:
        without_shell = True

        def __init__(self, connection: object, vantage: Inside) -> None:
            self.vantage = vantage

        def ask(self, questions: list[Any]) -> dict[Any, Any]:
            return {question: Unknown("what Pod web-0 sees", "unreachable", "executable file not found") for question in questions}

        def replies(self, questions: list[Any]) -> Iterator[Any]:
            assert self.vantage.container == "svcdoctor-1"
            return iter([Dialled(False, "connection refused") for _ in questions])

    monkeypatch.setattr(inside, "InsidePod", Entered)
    monkeypatch.setattr(inside, "beside", lambda *words: Inside("shop", "web-0", "svcdoctor-1", "node1"))
    questions = [DialFrom(CLIENT, "192.0.2.1", 80), Look(CLIENT)]
    without = inside.asked_inside(Means(None), questions)  # type: ignore[arg-type]
    assert all(isinstance(reply, Unknown) for reply in without.values())
    told = inside.asked_inside(Means(None, image=IMAGE), questions)  # type: ignore[arg-type]
    assert list(told) == questions and all(reply == Dialled(False, "connection refused") for reply in told.values())
    assert Dial not in {type(question) for question in told}
