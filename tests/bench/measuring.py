"""What one command takes. These machines are shared and noisy: look at ratios and medians, not at single figures."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

MIB = 1024 * 1024
# A process of its own starts what is measured: the kernel counts the memory of the process that starts another as the peak of that other one.
_STARTER = """
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
started = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, at) for at in (0, 1, 2)])
_, status, used = os.wait4(pid, 0)
print(json.dumps([time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)]))
"""


@dataclass(frozen=True)
class Cost:
    """Seconds, and bytes at most at one time; the exit status is the last command's."""

    wall: float
    cpu: float
    memory: int
    status: int = 0

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory), other.status)


@dataclass(frozen=True)
class Contender:
    """Commands that are run one after the other, and what they are called."""

    name: str
    commands: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figures:
    """The medians of several rounds."""

    name: str
    wall: float
    cpu: float
    memory: int
    rounds: tuple[float, ...]
    status: int

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def compared(contenders: Sequence[Contender], environ: Mapping[str, str], rounds: int) -> list[Figures]:
    """The figures of each, run by turns, so that a machine that slows down slows all."""
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            costs[contender.name].append(cost(contender, environ))
    return [_figures(name, found) for name, found in costs.items()]


def cost(contender: Contender, environ: Mapping[str, str]) -> Cost:
    first, *others = (_measured(command, environ) for command in contender.commands)
    return sum(others, first)


def ratio(one: Figures, other: Figures) -> float:
    """By how much the first is slower, pair by pair."""
    return statistics.median(mine / yours for mine, yours in zip(one.rounds, other.rounds, strict=True))


def _measured(command: Sequence[str], environ: Mapping[str, str]) -> Cost:
    done = subprocess.run([sys.executable, "-I", "-S", "-c", _STARTER, *command], env=dict(environ), capture_output=True, text=True, check=True)
    return Cost(*json.loads(done.stdout))


def _figures(name: str, costs: Sequence[Cost]) -> Figures:
    return Figures(name, statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs),
                   int(statistics.median(cost.memory for cost in costs)), tuple(cost.wall for cost in costs), costs[-1].status)
