"""Queries to a real API server: concurrent, chunked, and every refusal an Unknown that says what would unlock it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.connection import Connection, CredentialTrouble, Response, TimedOut
from kubectl_svcdoctor.collect.discovery import WHAT, discovered
from kubectl_svcdoctor.collect.refusal import BETWEEN, absent, describe, refusal, unserved
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.discovery import APIGroup, group_of, served
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.snapshot import Absent, Answer, Query, Unknown
from kubectl_svcdoctor.model.workload import PodLog

CHUNK = 500
CONCURRENT = 8
LOG_LINES = 40
Some = Query[KubernetesObject]
T = TypeVar("T")


class APIServer:
    """The Source behind a kubeconfig."""

    def __init__(self, connection: Connection, chunk: int = CHUNK) -> None:
        self.connection = connection
        self._chunk = chunk
        self._now: datetime | None = None
        self._version: str | None = None
        self._trouble: UserError | None = None

    @property
    def requests(self) -> int:
        return self.connection.requests

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for stderr; they may become more."""
        return self.connection.warnings

    def ask(self, queries: Iterable[Some]) -> Mapping[Some, Answer]:
        """Raises UserError when nothing at all has ever been answered: then it is the connection that has to be mended."""
        everything = list(queries)
        groups: list[Query[Any]] = [query for query in everything if query.kind is APIGroup]
        asked = [query for query in everything if query not in groups]
        with ThreadPoolExecutor(CONCURRENT) as pool:
            pool.submit(self._learn_version)
            discovering = pool.submit(self._discovered, groups)
            answers = dict(zip(asked, pool.map(self._answer, asked), strict=True))
            answers.update(discovering.result())
        if self._trouble is not None and self._now is None:
            raise self._trouble
        return answers

    def now(self) -> datetime:
        return self._now or datetime.now(UTC)

    def cluster(self) -> Cluster:
        """The context and the server's version, which is empty where it is withheld."""
        self._learn_version()
        return Cluster(self.connection.context or "", self._version or "")

    def _learn_version(self) -> None:
        """Ask for the version, once; it goes along with the first questions."""
        if self._version is not None:
            return
        self._version = ""
        try:
            response = self.connection.get("/version")
            self._version = decode.version(response.body) if response.status == 200 else ""
        except (UserError, msgspec.MsgspecError, UnicodeDecodeError):  # a version that is not told is left out of the report, and nothing rests on it
            self._version = ""

    def _answer(self, query: Some) -> Answer:
        return self._guarded(describe(query), lambda: self._read(query))

    def _discovered(self, queries: Sequence[Query[Any]]) -> Mapping[Query[Any], Answer]:
        """All groups that are asked for at once, in one request."""
        if not queries:
            return {}
        found = self._guarded(WHAT, lambda: discovered(self.connection, queries))
        return dict.fromkeys(queries, found) if isinstance(found, Unknown) else found

    def _guarded(self, what: str, ask: Callable[[], T]) -> T | Unknown:
        """What is answered, or why there is no answer that can be believed."""
        try:
            return ask()
        except UserError as trouble:
            self._trouble = trouble
            why = "timeout" if isinstance(trouble, TimedOut) else "forbidden" if isinstance(trouble, CredentialTrouble) else "unreachable"
            return Unknown(what, why, trouble.message, "check the connection to the API server and try again")
        except decode.MALFORMED as error:
            return Unknown(what, "malformed", str(error), BETWEEN)

    def _read(self, query: Some) -> tuple[KubernetesObject, ...] | Unknown | Absent:
        """All chunks of one query. A list that ends in the middle because its continue token expired is read again, whole."""
        items: list[KubernetesObject] = []
        parameters = _selectors(query)
        if not query.name:
            parameters["limit"] = str(self._chunk)
        while True:
            response = self.connection.get(query.path, parameters)
            if response.status == 401:
                raise self.connection.refused()
            self._now = response.date or datetime.now(UTC)
            if response.status == 410 and "continue" in parameters:
                items.clear()
                parameters = _selectors(query)
                continue
            if response.status != 200:
                return () if absent(query, response) else self._unserved(query, response) or refusal(query, response)
            if query.kind is PodLog:
                return (decode.log(query, response.body),)
            if query.name:
                return (decode.single(query, response.body),)
            found, token = decode.page(query, response.body)
            items += found
            if not token:
                return tuple(items)
            # The first chunk shows the size; the rest comes at once, so that the number of requests does not grow.
            parameters = {**_selectors(query), "continue": token}

    def _unserved(self, query: Some, response: Response) -> Absent | None:
        """Whether a 404 is that of an API server without this kind. One without the whole group and version writes no Status, so that discovery tells."""
        resource = query.kind.resource
        if unserved(query, response):
            return Absent(f"the server does not serve {resource.qualified}")
        if response.status != 404 or not resource.group:
            return None
        group = group_of(query.kind)
        found = discovered(self.connection, [group])[group]
        version = served(resource, found) if isinstance(found, tuple) else None
        return version if isinstance(version, Absent) else None


def _selectors(query: Some) -> dict[str, str]:
    """The parameters of a read: selectors for a list, which container and which run for a log."""
    if query.kind is PodLog:
        return {**dict(query.fields), "tailLines": str(LOG_LINES)}
    selectors = {"labelSelector": query.labels, "fieldSelector": query.fields}
    return {name: ",".join(f"{key}={value}" for key, value in pairs) for name, pairs in selectors.items() if pairs}
