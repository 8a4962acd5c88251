"""Every fault is real: a client fails as the fault says while it is there, and is served before and after."""

from __future__ import annotations

import time

import pytest

from tests.lab.faults import Fault, Shop, all_faults

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


@pytest.mark.parametrize("fault", all_faults(), ids=lambda fault: fault.name)
def test_traffic_fails_as_the_fault_says_and_is_mended(fault: Fault, shop: Shop) -> None:
    before = outcomes_until(fault, shop, fault.works)
    assert fault.works.issuperset(before[-3:]), f"not healthy at the start: {before}"
    with fault.make(shop):
        during = outcomes_until(fault, shop, fault.fails)
        assert fault.fails.issuperset(during[-3:]), f"{fault.slug} should give {set(fault.fails)}: {during}"
    after = outcomes_until(fault, shop, fault.works)
    assert fault.works.issuperset(after[-3:]), f"not mended: {after}"
