"""Words that many sentences share."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.graph.selector.words import duration


@pytest.mark.parametrize(("seconds", "said"), [
    (0, "0 s"), (45.9, "45 s"), (119, "119 s"), (120, "2 min"), (3_600, "60 min"), (7_199, "119 min"), (7_200, "2 hours"), (172_799, "47 hours"),
    (172_800, "2 days"), (18_900 * 60, "13 days"),
])
def test_a_duration_has_the_unit_that_keeps_its_number_small(seconds: float, said: str) -> None:
    assert duration(seconds) == said
