"""Every fault is real: a client fails as the fault says while it is there, and is served before and after.

Here stand the faults whose checks are still to come; the others are tested together with their diagnosis in `test_diagnosis.py`.
"""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.checks import all_checks
from tests.cluster.traffic import outcomes_until
from tests.lab.faults import Fault, Shop, all_faults

_KNOWN = {check.slug for check in all_checks()}
FAULTS = [fault for fault in all_faults() if fault.slug not in _KNOWN or not fault.subject.startswith(("svc/", "sts/", "pod/"))]


@pytest.mark.traffic
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_traffic_fails_as_the_fault_says_and_is_mended(fault: Fault, shop: Shop) -> None:
    before = outcomes_until(fault, shop, fault.works)
    assert fault.works.issuperset(before[-3:]), f"not healthy at the start: {before}"
    with fault.make(shop):
        during = outcomes_until(fault, shop, fault.fails)
        assert fault.fails.issuperset(during[-3:]), f"{fault.slug} should give {set(fault.fails)}: {during}"
    after = outcomes_until(fault, shop, fault.works)
    assert fault.works.issuperset(after[-3:]), f"not mended: {after}"
