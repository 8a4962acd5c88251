"""Waits for a change of what an examination rests on: Services, their EndpointSlices and Pods, each watched as far as it was read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.connection import Connection, Forbidden, Unreachable
from kubectl_svcdoctor.collect.status import words
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import Pod

WATCHED: tuple[type[KubernetesObject], ...] = (Service, EndpointSlice, Pod)
# How long a wait takes at most: where not all is watched, and where all is. Probes, nodes and policies change without a word.
PAUSE, QUIET = 2.0, 5.0
# What belongs together comes within this time.
TOGETHER = 0.1
# How long the API server may keep one watch open; what has ended is opened again.
WATCH_SECONDS = 60.0
# Something in between may end every watch at once.
BETWEEN = 0.5
# Each watch is a connection: beyond so many, whole namespaces are watched, and then the whole cluster.
MOST = 9
Some = Query[Any]


class Changes:
    """Pauses between examinations that end when there is something new. Without a connection, and without the right to watch, they only take their time."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._changed = threading.Event()
        self._watches: dict[Some, Watching] = {}
        self._examined = time.monotonic()

    def follow(self, queries: Iterable[Some]) -> None:
        """Watch what these queries have read, and nothing else."""
        wanted = watchable(queries) if self._connection is not None else ()
        for query in [query for query in self._watches if query not in wanted]:
            self._watches.pop(query).end()
        for query in wanted:
            if query not in self._watches and self._connection is not None:
                self._watches[query] = Watching(self._connection, query, self._changed)

    def wait(self, seconds: float = float("inf")) -> None:
        """Return after a change, or when it is time for another look all the same; `seconds` is the most. What changes all the time is looked at half
        of the time."""
        began, seconds = time.monotonic(), max(seconds, 0.0)
        if not self._watches:
            time.sleep(min(PAUSE, seconds))
        elif self._told(began + min(QUIET, seconds)):
            rest = (began - self._examined) - (time.monotonic() - began)
            time.sleep(min(max(TOGETHER, rest), PAUSE, seconds))
        self._changed.clear()
        self._examined = time.monotonic()

    def _told(self, deadline: float) -> bool:
        """Wait for a change; False at the deadline, and after a pause in which a watch may have missed something."""
        while (left := deadline - time.monotonic()) > 0:
            if self._changed.wait(min(PAUSE, left)):
                return True
            if not all(watch.since is not None and watch.since < self._examined for watch in self._watches.values()):
                return False
        return self._changed.is_set()


class Watching:
    """One watch, in a thread of its own. `since`: from when on it has missed nothing, None while it tells nothing."""

    def __init__(self, connection: Connection, query: Some, changed: threading.Event) -> None:
        self.since: float | None = None
        self._connection, self._query, self._changed = connection, query, changed
        self._ended = threading.Event()
        threading.Thread(target=self._run, daemon=True, name=f"watch {query.path}").start()

    def end(self) -> None:
        """Tell nothing more; the connection is closed at the next event, or at its time."""
        self._ended.set()

    def _run(self) -> None:
        version = ""
        while not self._ended.is_set():
            try:
                if not version:
                    version = self._latest()
                    self.since = time.monotonic()
                version = self._told(version)
                self._ended.wait(BETWEEN)
            except Forbidden:
                self.since = None
                return
            except (UserError, *decode.MALFORMED):  # lost, or too old: what was missed is found by looking, until there is a new watch
                version, self.since = "", None
                self._ended.wait(PAUSE)

    def _told(self, version: str) -> str:
        """Tell of every change until the watch ends; the last version that it has come to."""
        query, fields = self._query, dict(self._query.fields) | ({"metadata.name": self._query.name} if self._query.name else {})
        objects = self._connection.objects(query.kind.resource)
        for change in objects.changes(query.namespace, _written(dict(query.labels)), _written(fields), version, WATCH_SECONDS):
            if self._ended.is_set():
                break
            version = change.version or version
            if change.type != "BOOKMARK":
                self._changed.set()
        return version

    def _latest(self) -> str:
        """The version from which on changes are news."""
        whole: Some = Query(self._query.kind, self._query.namespace)
        response = self._connection.get(whole.path, {"limit": "1"})
        if response.status != 200:
            raise (Forbidden if response.status in (401, 403) else Unreachable)(words(response))
        return decode.list_version(whole, response.body)


def watchable(queries: Iterable[Some]) -> tuple[Some, ...]:
    """The queries whose answers can be watched, each covered by no other; few enough to have a connection each."""
    asked = [query for query in queries if query.kind in WATCHED]
    for found in (asked, [Query(query.kind, query.namespace) for query in asked], [Query(query.kind) for query in asked]):
        least = dict.fromkeys(query for query in found if not any(other != query and other.covers(query) for other in found))
        if len(least) <= MOST:
            break
    return tuple(least)


def _written(selector: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in selector.items())
