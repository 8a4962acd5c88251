"""Attempts of a fault's client, until they say the same three times in a row."""

from __future__ import annotations

import time

from tests.lab.faults import Fault, Shop

_POLL = 0.3


def outcomes_until(fault: Fault, shop: Shop, wanted: frozenset[str]) -> list[str]:
    """What the client met, attempt by attempt, up to the first three in a row that are wanted, or the fault's time."""
    seen: list[str] = []
    deadline = time.monotonic() + fault.first_seconds
    while time.monotonic() < deadline:
        seen.append(fault.traffic(shop))
        if len(seen) >= 3 and all(outcome in wanted for outcome in seen[-3:]):
            break
        time.sleep(_POLL)
    return seen
