"""One comparison of a bench."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.counting import Traffic
from tests.bench.measuring import Figures


@dataclass
class Section:
    """What was compared, at which size, and what each contender took."""

    title: str
    services: int
    pods: int
    broken: int
    figures: list[Figures]
    traffic: dict[str, Traffic] = field(default_factory=dict)

    def of(self, name: str) -> Figures:
        return next(figures for figures in self.figures if figures.name == name)

    def as_json(self) -> dict[str, Any]:
        figures = [{**entry.as_json(), **asdict(self.traffic.get(entry.name, Traffic()))} for entry in self.figures]
        return {"title": self.title, "services": self.services, "pods": self.pods, "broken": self.broken, "figures": figures}
