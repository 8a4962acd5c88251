"""What a person reads of a bench: tables of figures, and what is demanded of their ratios."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench.measuring import MIB
from tests.bench.section import Section


@dataclass(frozen=True)
class Demand:
    """A ratio, and how large it may be; None where nothing is demanded of it."""

    what: str
    ratio: float
    at_most: float | None = None

    @property
    def met(self) -> bool:
        return self.at_most is None or self.ratio <= self.at_most


def table(sections: Iterable[Section]) -> Iterator[str]:
    """A line for each contender; the wall time is the median, the range behind it is of all rounds."""
    for section in sections:
        yield f"\n{section.title}: {section.services} Services, {section.pods} Pods, {section.broken} broken"
        yield f"  {'':48}{'wall':>9}  {'range':>15}{'CPU':>9}{'memory':>10}{'requests':>10}{'bytes':>11}"
        for entry in section.figures:
            traffic = section.traffic.get(entry.name)
            counted = f"{traffic.requests:10}{traffic.bytes / MIB:7.2f} MiB" if traffic else ""
            spread = f"{min(entry.rounds):.2f} to {max(entry.rounds):.2f}"
            yield f"  {entry.name:48}{entry.wall:7.2f} s  {spread:>15}{entry.cpu:7.2f} s{entry.memory / MIB:6.0f} MiB{counted}"


def demanded(demands: Iterable[Demand]) -> Iterator[str]:
    yield "\ndemanded"
    for demand in demands:
        limit = "" if demand.at_most is None else f", at most {demand.at_most:.3f}"
        yield f"  {'✓' if demand.met else '✗'} {demand.what:72}{demand.ratio:7.3f}{limit}"
