"""Streams into a Pod over WebSocket: each message's first octet is its channel (k8s.io/apimachinery, pkg/util/remotecommand and portforward)."""

from __future__ import annotations

import json
from typing import Any

import urllib3
import websocket

from kubectl_svcdoctor.collect.connection.pool import open_socket
from kubectl_svcdoctor.collect.connection.translate import trouble
from kubectl_svcdoctor.collect.connection.transport import Transport
from kubectl_svcdoctor.collect.connection.trouble import Unreachable

FAILURES = (websocket.WebSocketException, urllib3.exceptions.HTTPError, OSError, ValueError)


def handshake(transport: Transport, path: str, limit: float, protocols: list[str]) -> Any:
    """An open WebSocket over a connection made as all others are: same TLS, proxy and credentials."""
    connected = open_socket(transport.connections(), transport.target.server, limit)
    headers = [f"{name}: {value}" for name, value in transport.headers().items() if name not in ("Accept", "Accept-Encoding")]
    opened: Any = websocket.WebSocket(skip_utf8_validation=True)
    opened.connect("ws" + transport.target.server.removeprefix("http") + path, header=headers, subprotocols=protocols,
                   socket=connected, suppress_origin=True, timeout=limit)
    opened.settimeout(limit)
    return opened


def frame(opened: Any) -> tuple[int, bytes] | None:
    """The next channel and its bytes, channel -1 for a frame that carries none; None at the end of the stream."""
    try:
        code, content = opened.recv_data(control_frame=True)
    except websocket.WebSocketConnectionClosedException:
        return None
    if code == websocket.ABNF.OPCODE_CLOSE:
        return None
    return (content[0], content[1:]) if code == websocket.ABNF.OPCODE_BINARY and content else (-1, b"")


def refused(refusal: websocket.WebSocketBadStatusException) -> str:
    """The API server's reason: the message of its Status object, or the bare status."""
    body: Any = refusal.resp_body
    try:
        message = json.loads(body)["message"] if body else ""
    except (ValueError, KeyError, TypeError):
        message = ""
    return str(message) or f"the API server answered with HTTP status {refusal.status_code}"


def translated(reason: Exception, transport: Transport, failed: str, limit: float) -> Exception:
    """The error for a user; `failed` says what could not be done."""
    if isinstance(reason, websocket.WebSocketTimeoutException):
        reason = TimeoutError()
    if isinstance(reason, websocket.WebSocketException):
        return Unreachable(f"{failed}: something on the way to the API server does not speak WebSocket; check the proxy")
    return trouble(reason, transport.target.server, transport.proxy, limit)
