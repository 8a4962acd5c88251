"""Requests to one API server: keep-alive, gzip, impersonation, two more tries for what may pass, one limit in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

import urllib3

from kubectl_svcdoctor.collect.connection import tls
from kubectl_svcdoctor.collect.connection.credentials import Credentials
from kubectl_svcdoctor.collect.connection.headers import headers_for
from kubectl_svcdoctor.collect.connection.pool import pool
from kubectl_svcdoctor.collect.connection.proxies import proxy_for
from kubectl_svcdoctor.collect.connection.request_log import RequestLog
from kubectl_svcdoctor.collect.connection.response import Response
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.collect.connection.translate import trouble

SILENCE_SECONDS = 30.0
CONNECT_SECONDS = 10.0
# No operating system waits longer than 2^31 milliseconds.
_LONGEST_SECONDS = 2_000_000.0
RETRIES = 2
# How long an answer "try again later" (429, 503 with Retry-After) is obeyed at most.
LONGEST_PAUSE_SECONDS = 5.0


class Transport:
    """Sends requests from any thread. `requests` counts those that were sent, retries included."""

    def __init__(self, target: Target, credentials: Credentials, environ: Mapping[str, str], log: RequestLog, limit: float | None) -> None:
        self.target, self.credentials, self._log, self._limit = target, credentials, log, limit
        self.proxy = proxy_for(target.server, target.cluster.proxy_url, environ)
        self.requests = 0
        self._lock = threading.Lock()
        self._pool: tuple[tls.Certificate | None, urllib3.PoolManager] | None = None
        self._fixed = headers_for(target)

    def send(self, method: str, path: str, parameters: Mapping[str, str], headers: Mapping[str, str], body: bytes | None,
             limit: float | None) -> Response:
        """The answer, whatever its status. Raises one of the troubles when there is none."""
        url = self.target.server + path + ("?" + urlencode(parameters, quote_via=quote) if parameters else "")
        budget = _Budget(limit or self._limit)
        for left in range(RETRIES, -1, -1):
            authorization = self.credentials.authorization()
            answer, pause = self._once(method, url, self._with(headers, authorization), body, budget, left > 0)
            if answer is not None and answer.status == 401 and left and self.credentials.renew(authorization):
                continue
            if answer is not None and (pause is None or not left or not budget.allows(pause)):
                return answer
            time.sleep(pause or 0.0)
        raise AssertionError("the last try returns or raises")

    def opened(self, path: str, timeout: urllib3.Timeout) -> urllib3.BaseHTTPResponse:
        """The beginning of an answer to GET, whatever its status, whose body comes as time goes by: whoever reads it closes it. Raises as `send` does."""
        authorization = self.credentials.authorization()
        answer = self._open(path, authorization, timeout)
        if answer.status == 401 and self.credentials.renew(authorization):
            answer.close()
            answer = self._open(path, self.credentials.authorization(), timeout)
        return answer

    def _open(self, path: str, authorization: str, timeout: urllib3.Timeout) -> urllib3.BaseHTTPResponse:
        started, outcome = time.monotonic(), "failed"
        try:
            answer = self.connections().urlopen("GET", self.target.server + path, headers=self._with({"Accept-Encoding": "identity"}, authorization),
                                                timeout=timeout, retries=False, redirect=False, preload_content=False)
            outcome = f"{answer.status} {answer.reason or ''}".rstrip()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            outcome = type(error).__name__
            raise trouble(error, self.target.server, self.proxy, CONNECT_SECONDS) from None
        finally:
            self.sent("GET", path, outcome, time.monotonic() - started)
        return answer

    def sent(self, method: str, path: str, outcome: str, seconds: float) -> None:
        """Count and log a request that `send` does not make: a WebSocket's, a watch."""
        with self._lock:
            self.requests += 1
        self._log.request(method, self.target.server + path, outcome, seconds)

    def headers(self) -> urllib3.HTTPHeaderDict:
        """The headers of any request: who asks, and for whom."""
        return self._with({}, self.credentials.authorization())

    def _once(self, method: str, url: str, headers: urllib3.HTTPHeaderDict, body: bytes | None, budget: _Budget,
              again: bool) -> tuple[Response | None, float | None]:
        """An answer and how long to wait before the next try (None: it is final), or (None, pause) for a broken connection."""
        connections = self.connections()
        started = time.monotonic()
        with self._lock:
            self.requests += 1
        if body is not None:
            self._log.body("Request", url, body)
        try:
            raw = connections.urlopen(method, url, headers=headers, body=body, timeout=budget.timeout(), retries=False, redirect=False,
                                      preload_content=False)
            content = _read(raw, budget)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self._log.request(method, url, type(error).__name__, time.monotonic() - started)
            if again and isinstance(error, urllib3.exceptions.ProtocolError):
                return None, 0.0  # a connection that was kept alive and then closed by the server looks like this
            raise trouble(error, self.target.server, self.proxy, budget.seconds(error)) from None
        self._log.request(method, url, f"{raw.status} {raw.reason or ''}".rstrip(), time.monotonic() - started)
        self._log.body("Response", url, content)
        return Response(raw.status, content, _date(raw.headers.get("date"))), _pause(raw)

    def connections(self) -> urllib3.PoolManager:
        """The pool; a new one when a plugin handed out another client certificate."""
        certificate = self.credentials.certificate()
        with self._lock:
            if self._pool is None or self._pool[0] != certificate:
                cluster = self.target.cluster
                context = tls.context(cluster, certificate) if self.target.secure else None
                self._pool = certificate, pool(context, cluster.tls_server_name, self.proxy, lambda: tls.proxy_context(cluster))
            return self._pool[1]

    def _with(self, headers: Mapping[str, str], authorization: str) -> urllib3.HTTPHeaderDict:
        made = self._fixed.copy()
        made.update(headers)
        if authorization:
            made["Authorization"] = authorization
        return made


class _Budget:
    """How long a request may still take; without a limit only silence ends it."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._deadline = time.monotonic() + limit if limit else None

    def allows(self, pause: float) -> bool:
        return self._deadline is None or time.monotonic() + pause < self._deadline

    def timeout(self) -> urllib3.Timeout:
        left = SILENCE_SECONDS if self._deadline is None else min(max(self._deadline - time.monotonic(), 0.001), _LONGEST_SECONDS)
        return urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=left)

    def seconds(self, error: Exception) -> float:
        """The limit that an error ran into."""
        limit = self._limit or SILENCE_SECONDS
        return min(CONNECT_SECONDS, limit) if isinstance(error, urllib3.exceptions.ConnectTimeoutError) else limit


def _read(raw: urllib3.BaseHTTPResponse, budget: _Budget) -> bytes:
    """The whole body, decompressed; the connection goes back to the pool. Each read takes what is there, so that the limit holds."""
    content = bytearray()
    try:
        while some := raw.read1(1 << 18, decode_content=True):
            content += some
            if not budget.allows(0.0):
                raise urllib3.exceptions.TimeoutError
    except BaseException:
        raw.close()
        raise
    raw.release_conn()
    return bytes(content)


def _pause(raw: urllib3.BaseHTTPResponse) -> float | None:
    """Seconds to wait when the server says that it is busy (rest/with_retry.go); None when its answer is final."""
    after = raw.headers.get("retry-after", "")
    if raw.status not in (429, 500, 502, 503, 504) or not after.isdecimal():
        return None
    return min(float(after), LONGEST_PAUSE_SECONDS)


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found else None
