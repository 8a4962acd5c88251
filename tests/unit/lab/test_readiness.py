"""How a lab waits for its parts."""

from __future__ import annotations

import pytest

from tests.lab.errors import LabError
from tests.lab.readiness import wait_for_all


def nothing() -> None:
    pass


def test_each_check_has_to_hold_once() -> None:
    words = iter(["not yet", "not yet", ""])
    once = iter([""])
    wait_for_all({"slow": lambda: next(words), "quick": lambda: next(once)}, 5, meanwhile=nothing)


def test_what_does_not_answer_is_named_with_its_last_words() -> None:
    checks = {"DNS": lambda: "", "the Ingress": lambda: "192.0.2.200: refused"}
    with pytest.raises(LabError, match=r"no answer after 0 s from: the Ingress \(192\.0\.2\.200: refused\)$"):
        wait_for_all(checks, 0, meanwhile=nothing)


def test_nobody_waits_for_a_program_that_has_ended() -> None:
    def ended() -> None:
        raise LabError("ended while the lab was starting: node1-kube-proxy")

    with pytest.raises(LabError, match="node1-kube-proxy"):
        wait_for_all({"DNS": lambda: "no answer"}, 60, meanwhile=ended)
