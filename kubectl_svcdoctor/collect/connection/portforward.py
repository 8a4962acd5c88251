"""A connection to a port inside a pod, by way of the API server: WebSocket, subprotocol v4.channel.k8s.io.

The kubelet numbers two channels for a port, data and errors, and opens each with the port number
(k8s.io/cri-streaming, pkg/streaming/portforward/websocket.go).
"""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from typing import Any
from urllib.parse import quote

import websocket

from kubectl_svcdoctor.collect.connection.channels import FAILURES, frame, handshake, refused, translated
from kubectl_svcdoctor.collect.connection.transport import CONNECT_SECONDS, Transport
from kubectl_svcdoctor.collect.connection.trouble import Unreachable

_DATA, _ERROR = 0, 1


class ForwardedSocket(socket.socket):
    """Reads and writes reach the pod. After the end of the stream `error` holds the kubelet's words, empty if it had none."""

    error: str = ""


def forward(transport: Transport, namespace: str, pod: str, port: int, timeout: float | None) -> ForwardedSocket:
    """A connected socket. `timeout`, in seconds, is for setting up; afterwards the socket waits for as long as it is told to.

    Raises Unreachable, TimedOut or TLSTrouble when no forwarding comes about; a pod that refuses the connection shows as
    the end of the stream.
    """
    limit = timeout or CONNECT_SECONDS
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}/portforward?ports={port}"
    started, outcome = time.monotonic(), "failed"
    what = f"port {port} of pod {pod}"
    try:
        opened = handshake(transport, path, limit, ["v4.channel.k8s.io"])
        _await_announcements(opened)
        outcome = "101 Switching Protocols"
    except websocket.WebSocketBadStatusException as refusal:
        outcome = str(refusal.status_code)
        raise Unreachable(f"{what} cannot be forwarded: {refused(refusal)}") from None
    except FAILURES as reason:
        raise translated(reason, transport, f"{what} cannot be forwarded", limit) from None
    finally:
        transport.sent("GET", path, outcome, time.monotonic() - started)
    return _pumped(opened)


def _await_announcements(opened: Any) -> None:
    """Return when both channels have told their port."""
    waiting = {_DATA, _ERROR}
    while waiting:
        announced = frame(opened)
        if announced is None:
            raise ConnectionResetError(errno.ECONNRESET, "closed before it was open")
        waiting.discard(announced[0])


def _pumped(opened: Any) -> ForwardedSocket:
    ours, theirs = socket.socketpair()
    forwarded = ForwardedSocket(ours.family, ours.type, ours.proto, fileno=ours.detach())
    threading.Thread(target=_pump, args=(opened, theirs, forwarded), daemon=True).start()
    return forwarded


def _pump(opened: Any, near: socket.socket, forwarded: ForwardedSocket) -> None:
    """Carry bytes both ways until one side ends. One thread, for TLS connections must not be read and written by two."""
    try:
        while True:
            pending = getattr(opened.sock, "pending", None)
            buffered = bool(pending and pending())
            ready = select.select([near, opened.sock], [], [], 0 if buffered else None)[0]
            if near in ready:
                some = near.recv(16384)
                if not some:
                    return
                opened.send_binary(bytes([_DATA]) + some)
            if buffered or opened.sock in ready:
                heard = frame(opened)
                if heard is None:
                    return
                channel, content = heard
                if channel == _ERROR:
                    forwarded.error = content.decode("utf-8", "replace").strip()
                    return
                if channel == _DATA:
                    near.sendall(content)
    except (OSError, websocket.WebSocketException, ValueError) as reason:
        forwarded.error = forwarded.error or str(reason)
    finally:
        near.close()
        opened.shutdown()
