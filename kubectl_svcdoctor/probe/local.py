"""Connections from the machine where this runs: what a client outside of the cluster gets."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf

from kubectl_svcdoctor.model.questions import DialLocal, Reached
from kubectl_svcdoctor.probe.asking import Means, answers

SECONDS = 3.0
LEAST = 0.2
# How long an accepted connection is watched: a load balancer without backends accepts it, and cuts it off.
SILENCE = 0.3


@answers(DialLocal)
def dialled(means: Means, dials: Sequence[DialLocal]) -> Mapping[DialLocal, Reached]:
    """All of them at once, each with its deadline; the API server has no part in it."""
    with ThreadPoolExecutor(len(dials)) as pool:
        return dict(zip(dials, pool.map(lambda dial: reply(dial, means.until), dials), strict=True))


def reply(dial: DialLocal, until: float = inf) -> Reached:
    """What becomes of one connection. An address that is a name is resolved as any program here does it."""
    seconds = max(LEAST, min(SECONDS, until - time.monotonic()))
    try:
        with socket.create_connection((dial.address, dial.port), seconds) as connection:
            connection.settimeout(SILENCE)
            return Reached(words="" if _stays(connection) else "the connection is closed at once")
    except ConnectionRefusedError:
        return Reached("refused", "connection refused")
    except ConnectionResetError:
        return Reached("reset", "connection reset by peer")
    except TimeoutError:
        return Reached("timeout", f"no answer within {seconds:.3g} seconds")
    except socket.gaierror as error:
        return Reached("unreachable", f"the name {dial.address} cannot be resolved here: {error.strerror}")
    except OSError as error:
        return Reached("unreachable", os.strerror(error.errno).lower() if error.errno else str(error))


def _stays(connection: socket.socket) -> bool:
    """Whether the other side does not close at once. Raises ConnectionResetError where it cuts off."""
    try:
        return connection.recv(1) != b""
    except TimeoutError:
        return True
