"""Tables as evidence: what people look at rather than read, such as names × servers or nodes × ports."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.model.hops import Status


@dataclass(frozen=True, slots=True)
class Cell:
    """What was seen at one place; without a status it describes its row."""

    text: str
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, and a cell for each column but the first."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def status(self) -> Status:
        """The worst of its cells; `none` where nothing was tried."""
        found = {cell.status for cell in self.cells}
        worst: tuple[Status, ...] = ("broken", "degraded", "unknown", "ok")
        return next((status for status in worst if status in found), "none")


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are the heads, that of the labels first; `note` says in brackets how it came about. `hops` are those whose findings point at it, and
    `prominent` is one that a reader looks for whatever was found.

    A provider that returns a subclass has its table in every report: nothing else has to know of it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    hops: frozenset[str] = frozenset()
    prominent: bool = False
