"""Sockets in another network namespace, opened by this very process: a lab's servers are reached without a helper."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def entered(netns: str | None) -> Iterator[None]:
    """Let this thread, and no other, be in the network namespace of that name; a socket stays where it was opened.

    With None nothing changes. Raises `OSError` when there is no such namespace or no right to enter it.
    """
    if netns is None:
        yield
        return
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        away = os.open(Path("/var/run/netns") / netns, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(away)
        finally:
            os.close(away)
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(home)


def _enter(descriptor: int) -> None:
    """`setns(2)`, which Python has from 3.12 on only."""
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
