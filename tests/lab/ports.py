"""Ports for the servers of a lab."""

from __future__ import annotations

import ipaddress
import random
import socket

from tests.lab import netns as namespaces
from tests.lab.errors import LabError

_RANGE = range(20000, 30000)
"""Below the range from which the kernel takes ports for outgoing connections, above the well-known ones."""


def free(address: str, count: int, *, netns: str | None = None) -> list[int]:
    """Return `count` different TCP ports on which nothing listens now; raise `LabError` when there are fewer."""
    found: list[int] = []
    with namespaces.entered(netns):
        for port in random.sample(_RANGE, len(_RANGE)):
            if len(found) == count:
                return found
            if _is_free(address, port):
                found.append(port)
    raise LabError(f"no {count} free TCP ports on {address} from {_RANGE.start} to {_RANGE.stop}")


def answers(address: str, port: int, *, netns: str | None = None) -> bool:
    """Return whether something accepts TCP connections there."""
    with namespaces.entered(netns):
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            return False
        return True


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError:
            return False
        return True
