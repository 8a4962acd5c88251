"""Queries to a real API server: concurrent, chunked, and every refusal an Unknown that says what would unlock it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.connection import Connection, CredentialTrouble, Response, TimedOut
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.meta import KubernetesObject, Resource
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.snapshot import Answer, Query, Unknown
from kubectl_svcdoctor.model.workload import PodLog

CHUNK = 500
CONCURRENT = 8
LOG_LINES = 40
Some = Query[KubernetesObject]


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

    def ask(self, queries: Iterable[Some]) -> Mapping[Some, Answer]:
        """Raises UserError when nothing at all has ever been answered: then it is the connection that has to be mended."""
        asked = list(queries)
        with ThreadPoolExecutor(CONCURRENT) as pool:
            pool.submit(self._learn_version)
            answers = dict(zip(asked, pool.map(self._answer, asked), strict=True))
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
            self._version = json.loads(response.body).get("gitVersion", "") if response.status == 200 else ""
        except (UserError, ValueError):
            self._version = ""

    def _answer(self, query: Some) -> Answer:
        try:
            return self._read(query)
        except UserError as trouble:
            self._trouble = trouble
            why = "timeout" if isinstance(trouble, TimedOut) else "forbidden" if isinstance(trouble, CredentialTrouble) else "unreachable"
            return Unknown(describe(query), why, trouble.message, "check the connection to the API server and try again")
        except msgspec.MsgspecError as error:
            return Unknown(describe(query), "malformed", str(error), "something between here and the API server changes its answers")

    def _read(self, query: Some) -> Answer:
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
                return refusal(query, response)
            if query.kind is PodLog:
                return (decode.log(query, response.body),)
            if query.name:
                return (decode.single(query.kind, response.body),)
            found, token = decode.page(query.kind, response.body)
            items += found
            if not token:
                return tuple(items)
            # The first chunk shows the size; the rest comes at once, so that the number of requests does not grow.
            parameters = {**_selectors(query), "continue": token}


def _selectors(query: Some) -> dict[str, str]:
    """The parameters of a read: selectors for a list, which container and which run for a log."""
    if query.kind is PodLog:
        return {**dict(query.fields), "tailLines": str(LOG_LINES)}
    selectors = {"labelSelector": query.labels, "fieldSelector": query.fields}
    return {name: ",".join(f"{key}={value}" for key, value in pairs) for name, pairs in selectors.items() if pairs}


def refusal(query: Some, response: Response) -> Answer:
    """What an answer other than 200 means: nothing there (404), or an Unknown."""
    message = _message(response)
    if response.status == 404 or (response.status == 400 and query.kind is PodLog):
        return ()  # status 400 for a log: there was no such run of the container
    if response.status == 403:
        return Unknown(describe(query), "forbidden", message, unlock(query))
    if response.status in (408, 429, 504):
        return Unknown(describe(query), "timeout", message or f"HTTP status {response.status}", "try again in a moment")
    return Unknown(describe(query), "unreachable", message or f"HTTP status {response.status}", "look at the API server's own log")


def _message(response: Response) -> str:
    """The Status object's message, where the answer is one."""
    try:
        status = json.loads(response.body)
    except ValueError:
        return ""
    return str(status.get("message", "")) if isinstance(status, dict) else ""


def describe(query: Some) -> str:
    """`pods in namespace shop`, `nodes`, `service web in namespace shop`: how a report names a read."""
    if query.kind is PodLog:
        return f"the log of pod {query.name} in namespace {query.namespace}"
    kind = query.kind.resource.kind.lower() + " " + query.name if query.name else query.kind.resource.plural
    if not query.kind.resource.namespaced:
        return kind
    return f"{kind} in namespace {query.namespace}" if query.namespace else f"{kind} in all namespaces"


def unlock(query: Some) -> str:
    """The kubectl command with which an administrator would allow this read, for a role and a binding named here."""
    resource: Resource = query.kind.resource
    scope = f" -n {query.namespace}" if query.namespace else " -A" if resource.namespaced else ""
    return f"ask for the right to {query.verb} {resource.qualified}: kubectl auth can-i {query.verb} {resource.qualified}{scope}"
