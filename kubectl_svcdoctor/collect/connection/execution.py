"""A command in a container, by way of the API server: WebSocket, subprotocols v5 and v4.channel.k8s.io (KEP-4006), without standard input.

Channel 1 carries standard output, 2 standard error, 3 a Status object at the end (k8s.io/cri-streaming, pkg/streaming/remotecommand).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode

import websocket

from kubectl_svcdoctor.collect.connection.channels import FAILURES, frame, handshake, refused, translated
from kubectl_svcdoctor.collect.connection.transport import CONNECT_SECONDS, Transport
from kubectl_svcdoctor.collect.connection.trouble import Forbidden, Unreachable

_OUT, _ERR, _STATUS = 1, 2, 3
_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"]


class Execution:
    """A running command. `words` are the kubelet's on why it failed, empty while it runs and when it ended well; `errors` what it wrote to
    standard error. Leaving the block closes the stream; the process ends by itself."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        self.errors = ""
        self.words = ""

    def __enter__(self) -> Execution:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._opened.shutdown()

    def lines(self, seconds: float) -> Iterator[str]:
        """Lines of standard output as they come, without their ends, until the command ends or the time is over."""
        deadline, rest = time.monotonic() + seconds, b""
        while (left := deadline - time.monotonic()) > 0:
            self._opened.settimeout(left)
            try:
                heard = frame(self._opened)
            except (websocket.WebSocketException, OSError) as reason:
                self.words = self.words or ("" if isinstance(reason, websocket.WebSocketTimeoutException) else str(reason))
                return
            if heard is None:
                break
            channel, content = heard
            if channel == _OUT:
                *whole, rest = (rest + content).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in whole)
            elif channel == _ERR:
                self.errors += content.decode("utf-8", "replace")
            elif channel == _STATUS:
                self.words = _failure(content)
        if rest:
            yield rest.decode("utf-8", "replace")


def execute(transport: Transport, namespace: str, pod: str, container: str, command: Sequence[str], timeout: float | None) -> Execution:
    """The command, started. `timeout`, in seconds, is for starting it.

    Raises Forbidden without the right to, and Unreachable, TimedOut or TLSTrouble when it does not come about. A container that
    has no such program shows in the words of the execution.
    """
    limit = timeout or CONNECT_SECONDS
    asked = urlencode([("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)])
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}/exec"
    failed = f"no command can be run in container {container} of pod {pod}"
    started, outcome = time.monotonic(), "failed"
    try:
        opened = handshake(transport, f"{path}?{asked}", limit, _PROTOCOLS)
        outcome = "101 Switching Protocols"
    except websocket.WebSocketBadStatusException as refusal:
        outcome = str(refusal.status_code)
        kind = Forbidden if refusal.status_code in (401, 403) else Unreachable
        raise kind(f"{failed}: {refused(refusal)}") from None
    except FAILURES as reason:
        raise translated(reason, transport, failed, limit) from None
    finally:
        transport.sent("GET", path, outcome, time.monotonic() - started)
    return Execution(opened)


def _failure(content: bytes) -> str:
    """What a Status object says, empty for success."""
    try:
        status = json.loads(content)
        return "" if status.get("status") == "Success" else str(status.get("message") or status)
    except (ValueError, AttributeError):
        return content.decode("utf-8", "replace").strip()
