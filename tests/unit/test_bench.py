"""What the bench measures is what the measured command takes, and not what measures it."""

from __future__ import annotations

import os
import sys

from tests.bench.measuring import MIB, Contender, Figures, compared, cost, ratio
from tests.bench.printing import Demand, demanded, table
from tests.bench.section import Section


def figures(name: str, *rounds: float) -> Figures:
    return Figures(name, rounds[0], rounds[0], 10 * MIB, rounds, 0)


def test_memory_is_that_of_the_command_and_not_of_the_process_that_measures() -> None:
    ballast = bytearray(200 * MIB)
    small = cost(Contender("true", [["true"]]), os.environ)
    assert 0 < small.memory < 50 * MIB < len(ballast)
    large = cost(Contender("large", [[sys.executable, "-c", f"bytearray({100 * MIB})"]]), os.environ)
    assert 100 * MIB < large.memory < 200 * MIB


def test_times_of_commands_that_follow_each_other_are_added_and_memory_is_not() -> None:
    sleep, work = ["sleep", "0.2"], [sys.executable, "-c", f"bytearray({60 * MIB}); sum(range(3_000_000))"]
    one, both = cost(Contender("work", [work]), os.environ), cost(Contender("both", [work, sleep, sleep]), os.environ)
    assert both.wall > 0.4 and both.cpu > 0.05 and both.memory < one.memory + 20 * MIB


def test_the_exit_status_is_kept() -> None:
    (found,) = compared([Contender("false", [["false"]])], os.environ, 1)
    assert found.status == 1


def test_each_round_counts_once_in_the_ratio() -> None:
    assert ratio(figures("one", 1.0, 4.0, 3.0), figures("other", 2.0, 2.0, 2.0)) == 1.5


def test_a_ratio_is_held_against_what_is_demanded() -> None:
    lines = list(demanded([Demand("a", 0.3, 0.25), Demand("b", 0.2, 0.25), Demand("c", 9.0)]))
    assert [line.strip()[0] for line in lines[1:]] == ["✗", "✓", "✓"]


def test_every_contender_has_a_line_of_the_table() -> None:
    section = Section("all Services", 10, 40, 1, [figures("one", 1.0, 2.0), figures("other", 3.0, 3.0)])
    lines = list(table([section]))
    assert "10 Services, 40 Pods, 1 broken" in lines[0]
    assert [line.split()[0] for line in lines[2:]] == ["one", "other"] and "1.00 to 2.00" in lines[2]
