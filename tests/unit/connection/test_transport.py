"""Requests: what is sent, what comes back, what is tried again."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_svcdoctor.collect.connection import Connection, RequestLog, TimedOut, Unreachable, connect
from kubectl_svcdoctor.collect.connection.options import ConnectionOptions
from tests.unit.connection.server import Answer, Asked, Server

Connect = Callable[..., Connection]


def test_an_answer_has_status_raw_body_and_the_servers_clock(api: Server, connected: Connect) -> None:
    date = b"Date: Mon, 23 Nov 2026 09:00:00 GMT"
    api.answer = lambda asked: Answer(raw=b"HTTP/1.1 404 Not Found\r\n" + date + b'\r\nContent-Length: 17\r\n\r\n{"kind":"Status"}')
    response = connected(api.url).get("/api/v1/pods", {"labelSelector": "app=web shop", "limit": "500"})
    assert (response.status, response.body) == (404, b'{"kind":"Status"}')
    assert api.last.path == "/api/v1/pods?labelSelector=app%3Dweb%20shop&limit=500"
    assert api.last.headers["Accept"] == "application/json"
    assert api.last.headers["User-Agent"].startswith("kubectl-svcdoctor/")
    assert response.date == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_compressed_answer_is_asked_for_and_handed_out_plain(api: Server, connected: Connect) -> None:
    content = json.dumps({"items": ["x" * 50_000]}).encode()
    api.answer = lambda asked: Answer(200, gzip.compress(content), {"Content-Encoding": "gzip"})
    assert connected(api.url).get("/big").body == content
    assert api.last.headers["Accept-Encoding"] == "gzip"


def test_disable_compression_asks_for_a_plain_answer(api: Server, connected: Connect) -> None:
    connected(api.url, disable_compression=True).get("/")
    assert api.last.headers["Accept-Encoding"] == "identity"


def test_a_chunked_answer_is_read_whole(api: Server, connected: Connect) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nhello\r\n" * 3 + b"0\r\n\r\n"
    api.answer = lambda asked: Answer(raw=raw)
    assert connected(api.url).get("/").body == b"hellohellohello"


def test_a_path_in_front_of_the_api_is_kept(api: Server, connected: Connect) -> None:
    connected(api.url + "/k8s/clusters/c-1/").get("/version")
    assert api.last.path == "/k8s/clusters/c-1/version"


def test_a_review_is_posted_as_json(api: Server, connected: Connect) -> None:
    connected(api.url).post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"kind": "SelfSubjectAccessReview"})
    assert (api.last.method, api.last.headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(api.last.body) == {"kind": "SelfSubjectAccessReview"}


def test_connections_are_kept_alive_and_shared_by_threads(api: Server, connected: Connect) -> None:
    connection = connected(api.url)
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda number: connection.get(f"/{number}").status, range(64)))
    assert statuses == [200] * 64
    assert connection.requests == 64
    assert len({asked.connection for asked in api.asked}) <= 8


def test_a_busy_server_is_asked_again(api: Server, connected: Connect) -> None:
    answers = iter([Answer(429, b"", {"Retry-After": "0"}), Answer(503, b"", {"Retry-After": "0"}), Answer(200, b"at last")])
    api.answer = lambda asked: next(answers)
    connection = connected(api.url)
    assert connection.get("/").body == b"at last"
    assert connection.requests == 3


def test_a_server_that_stays_busy_is_told_as_it_is(api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(429, b"busy", {"Retry-After": "0"})
    connection = connected(api.url)
    assert connection.get("/").status == 429
    assert connection.requests == 3


def test_a_connection_closed_by_the_server_is_made_anew(api: Server, connected: Connect) -> None:
    def once_closed(asked: Asked) -> Answer:
        return Answer(raw=b"") if len(api.asked) == 1 else Answer(200, b"again")

    api.answer = once_closed
    assert connected(api.url).get("/").body == b"again"


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", b"nonsense\r\n\r\n", b""])
def test_a_cut_or_senseless_answer_is_no_answer(api: Server, connected: Connect, raw: bytes) -> None:
    api.answer = lambda asked: Answer(raw=raw)
    with pytest.raises(Unreachable, match="closed the connection in the middle"):
        connected(api.url).get("/")


def test_a_slow_answer_ends_at_the_request_timeout(api: Server, connected: Connect) -> None:
    def slow(asked: Asked) -> Answer:
        time.sleep(1.5)
        return Answer()

    api.answer = slow
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"did not answer within 0\.3 seconds.*--request-timeout") as caught:
        connected(api.url, request_timeout=0.3).get("/")
    assert time.monotonic() - started < 1.2
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.exit_status == 3


def test_the_limit_for_one_request_beats_the_general_one(api: Server, connected: Connect) -> None:
    def slow(asked: Asked) -> Answer:
        time.sleep(0.5)
        return Answer()

    api.answer = slow
    with pytest.raises(TimedOut, match=r"within 0\.1 seconds"):
        connected(api.url, request_timeout=30.0).get("/", timeout=0.1)


def test_requests_are_logged_from_6_on_and_bodies_from_8_on_without_credentials(api: Server, kubeconfig: Any) -> None:
    api.answer = lambda asked: Answer(200, b'{"kind":"PodList"}')
    options = ConnectionOptions(kubeconfig=str(kubeconfig(api.url, {"token": "very-secret"})))
    shown = {}
    for verbosity in (5, 6, 8):
        stream = io.StringIO()
        connect(options, {}, RequestLog(verbosity, stream)).get("/api/v1/pods")
        shown[verbosity] = stream.getvalue()
    assert shown[5] == ""
    assert f"GET {api.url}/api/v1/pods 200 OK in " in shown[6]
    assert '{"kind":"PodList"}' in shown[8] and "PodList" not in shown[6]
    assert "very-secret" not in shown[8]


def test_bodies_of_secrets_are_not_logged(api: Server, kubeconfig: Any) -> None:
    api.answer = lambda asked: Answer(200, b'{"data":{"password":"aHVudGVyMg=="}}')
    stream = io.StringIO()
    connect(ConnectionOptions(kubeconfig=str(kubeconfig(api.url))), {}, RequestLog(9, stream)).get("/api/v1/namespaces/shop/secrets/db")
    assert "not shown" in stream.getvalue() and "aHVudGVyMg" not in stream.getvalue()
