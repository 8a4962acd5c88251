"""A table for a person: a title, a head, and a line for each row with the mark of its worst cell."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.table import Row, Table
from kubectl_svcdoctor.render.lines import Line, Span, line
from kubectl_svcdoctor.render.marks import MARKS

STYLES = {"broken": "bad", "degraded": "warn", "unknown": "warn", "none": "dim", "blocked": "dim", "ok": "", None: ""}


def shown(report: Report, wide: bool) -> Iterator[Table]:
    """The tables that belong into the text: all where everything is wanted, else those at which a finding points."""
    hops = {finding.hop for finding in (*report.causes, *report.consequences)}
    yield from (table for table in report.tables if table.rows and (wide or table.prominent or table.hops & hops))


def tabled(table: Table) -> Iterator[Line]:
    """The lines of one table, aligned; none of them wraps."""
    yield line(Span(table.title, "strong"), f" ({table.note})" if table.note else "", hanging=2)
    texts = [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(table.columns, *texts, strict=True)]
    heads = "  ".join(head.ljust(width) for head, width in zip(table.columns, widths, strict=True))
    yield line(Span(f"  {heads.rstrip()}", "dim"), indent=2, wraps=False)
    yield from (_row(row, widths) for row in table.rows)


def _row(row: Row, widths: list[int]) -> Line:
    spans: list[Span | str] = [row.label.ljust(widths[0])]
    for cell, width in zip(row.cells, widths[1:], strict=True):
        spans += ["  ", Span(cell.text.ljust(width), STYLES[cell.status])]
    return line(MARKS[row.status], " ", *spans, indent=2, wraps=False)
