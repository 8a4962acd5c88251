"""Pauses between examinations end when something changes, and come to their end where nothing may be watched."""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Callable, Iterator

import pytest

from kubectl_svcdoctor.collect import watching
from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.watching import Changes, watchable
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import Pod
from tests.unit.connection.server import Answer, Asked, Server, serving
from tests.unit.connection.test_objects import HEAD, event, said

SERVICE = Query(Service, "shop", "web")
SLICES = Query(EndpointSlice, "shop", labels=(("kubernetes.io/service-name", "web"),))
PODS = Query(Pod, "shop", labels=(("app", "web"),))
# As an API server sends a watch.
CHUNKED = HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked")
KINDS = {"services": ("ServiceList", "v1"), "endpointslices": ("EndpointSliceList", "discovery.k8s.io/v1"), "pods": ("PodList", "v1")}


class Cluster:
    """Answers lists with a version of their own, and watches with what is put into `told`, until that is None. `refusal` stands for all watches."""

    def __init__(self, server: Server) -> None:
        self.server, self.refusal, self.version = server, 0, 5
        self.told: dict[str, queue.Queue[bytes | None]] = {plural: queue.Queue() for plural in KINDS}
        self.watched: list[str] = []
        server.answer = self.answer

    def answer(self, asked: Asked) -> Answer:
        path, _, parameters = asked.path.partition("?")
        plural = path.rpartition("/")[2]
        if "watch=" not in parameters:
            kind, version = KINDS[plural]
            assert parameters == "limit=1"
            return Answer(body=json.dumps({"kind": kind, "apiVersion": version, "metadata": {"resourceVersion": str(self.version)}, "items": []}).encode())
        self.watched.append(asked.path)
        return Answer(self.refusal, said("no")) if self.refusal else Answer(raw=CHUNKED, parts=self.events(plural))

    def events(self, plural: str) -> Iterator[bytes]:
        while (told := self.told[plural].get()) is not None:
            yield b"%x\r\n%s\r\n" % (len(told), told)
        yield b"0\r\n\r\n"

    def until(self, watches: int) -> None:
        """Wait until so many watches were asked for."""
        deadline = time.monotonic() + 10
        while len(self.watched) < watches:
            assert time.monotonic() < deadline, self.watched
            time.sleep(0.01)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with serving() as server:
        cluster = Cluster(server)
        yield cluster
        cluster.refusal = 403
        for told in cluster.told.values():
            told.put(None)


@pytest.fixture
def changes(cluster: Cluster) -> Iterator[Changes]:
    made = Changes(connect(ConnectionOptions(kubeconfig=os.devnull, server=cluster.server.url), {}))
    yield made
    made.follow(())


@pytest.fixture
def paced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that can be told apart in a test."""
    monkeypatch.setattr(watching, "PAUSE", 0.2)
    monkeypatch.setattr(watching, "QUIET", 30.0)
    monkeypatch.setattr(watching, "BETWEEN", 0.0)


def seconds(doing: Callable[[], None]) -> float:
    began = time.monotonic()
    doing()
    return time.monotonic() - began


def steady(cluster: Cluster, changes: Changes) -> None:
    """Follow all three, and wait until all of them are known to miss nothing."""
    changes.follow([SERVICE, SLICES, PODS])
    cluster.until(3)
    changes.wait()
    changes.wait(0)


@pytest.mark.parametrize("plural", KINDS)
def test_a_change_of_any_of_them_is_seen_at_once(plural: str, cluster: Cluster, changes: Changes, paced: None) -> None:
    steady(cluster, changes)
    cluster.told[plural].put(event())
    assert seconds(changes.wait) < 5, "and not after QUIET"


def test_what_is_watched_is_what_was_read(cluster: Cluster, changes: Changes, paced: None) -> None:
    steady(cluster, changes)
    asked = {path.partition("?")[0]: path.partition("?")[2] for path in cluster.watched}
    assert set(asked) == {"/api/v1/namespaces/shop/services", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", "/api/v1/namespaces/shop/pods"}
    assert "fieldSelector=metadata.name%3Dweb" in asked["/api/v1/namespaces/shop/services"]
    assert "labelSelector=app%3Dweb" in asked["/api/v1/namespaces/shop/pods"] and "resourceVersion=5" in asked["/api/v1/namespaces/shop/pods"]


def test_another_look_is_taken_all_the_same(cluster: Cluster, changes: Changes, paced: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what no watch tells; soon, as long as a watch may have missed something."""
    monkeypatch.setattr(watching, "QUIET", 1.0)
    changes.follow([SERVICE])
    assert seconds(changes.wait) < 0.9
    cluster.until(1)
    changes.wait()
    assert 0.9 < seconds(changes.wait) < 5


@pytest.mark.parametrize("refusal", [403, 500])
def test_where_it_may_not_be_watched_or_never_works_the_pauses_take_their_time(refusal: int, cluster: Cluster, changes: Changes, paced: None) -> None:
    cluster.refusal = refusal
    changes.follow([SERVICE])
    cluster.until(1)
    for _ in range(3):
        assert 0.1 < seconds(changes.wait) < 5
    if refusal == 403:
        assert len(cluster.watched) == 1, "what is forbidden is not asked for again"


def test_a_list_that_is_forbidden_is_not_watched(cluster: Cluster, changes: Changes, paced: None) -> None:
    cluster.server.answer = lambda asked: Answer(403, said("no"))
    changes.follow([SERVICE])
    assert 0.1 < seconds(changes.wait) < 5
    assert cluster.watched == []


def test_a_watch_goes_on_where_it_ended(cluster: Cluster, changes: Changes, paced: None) -> None:
    steady(cluster, changes)
    cluster.told["pods"].put(event("BOOKMARK", "17"))
    cluster.told["pods"].put(None)
    cluster.until(4)
    assert "resourceVersion=17" in cluster.watched[-1]
    assert seconds(lambda: changes.wait(0.3)) > 0.2, "a bookmark is no change"


def test_a_version_that_is_too_old_is_followed_by_a_new_list(cluster: Cluster, changes: Changes, paced: None) -> None:
    steady(cluster, changes)
    cluster.version = 30
    cluster.told["pods"].put(event("ERROR", code=410, reason="Expired", message="too old resource version"))
    cluster.told["pods"].put(None)
    cluster.until(4)
    assert "resourceVersion=30" in cluster.watched[-1]
    steady(cluster, changes)
    cluster.told["pods"].put(event())
    assert seconds(changes.wait) < 5


def test_what_is_no_longer_read_is_no_longer_watched(cluster: Cluster, changes: Changes, paced: None) -> None:
    steady(cluster, changes)
    changes.follow([SERVICE, SLICES])
    cluster.told["pods"].put(event())
    assert seconds(lambda: changes.wait(0.3)) > 0.2
    assert len(cluster.watched) == 3


def test_what_changes_all_the_time_is_looked_at_half_of_the_time(cluster: Cluster, changes: Changes, paced: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE", 1.0)
    steady(cluster, changes)
    cluster.told["pods"].put(event())
    time.sleep(0.5)  # an examination
    assert 0.4 < seconds(changes.wait) < 0.9


def test_without_a_connection_it_is_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    changes = Changes(None)
    changes.follow([SERVICE])
    changes.wait()
    changes.wait(0.5)
    changes.wait(-1.0)
    assert slept == [watching.PAUSE, 0.5, 0.0]


def test_each_watch_is_one_that_no_other_covers() -> None:
    assert watchable([SERVICE, SLICES, PODS, PODS, Query(Node)]) == (SERVICE, SLICES, PODS)
    assert watchable([PODS, Query(Pod, "shop"), Query(Pod, "shop", "a"), Query(Pod, "other")]) == (Query(Pod, "shop"), Query(Pod, "other"))
    assert watchable([Query(Service), SERVICE]) == (Query(Service),)


def test_they_are_few() -> None:
    names = [Query(Service, "shop", f"s{number}") for number in range(20)]
    assert watchable(names) == (Query(Service, "shop"),)
    assert watchable([Query(Service, f"n{number}", "web") for number in range(20)]) == (Query(Service),)
