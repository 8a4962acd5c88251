"""The table of names and servers: what each name should give, and whether each DNS server gives it."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.model.dns import ANY, Names, RecordSet, Row
from kubectl_svcdoctor.model.questions import UNANSWERED, Resolved, Server
from kubectl_svcdoctor.render.lines import Line, Span, line

SHOWN = 2


def table(names: Names) -> Iterator[Line]:
    """A title that says what the short names stand for, a head, and a line for each name."""
    zone = f".svc.{names.domain}"
    namespace = names.rows[0].record.name.removesuffix(zone).rpartition(".")[2]
    suffix = f".{namespace}{zone}"
    asked = f"asked of {len(names.servers)} DNS server{'' if len(names.servers) == 1 else 's'}" if names.servers else "no DNS server was asked"
    asked += f", and from {len(names.views)} Pod{'' if len(names.views) == 1 else 's'}" if names.views else ""
    yield line(Span(f"names below {suffix[1:]}", "strong"), f" ({asked}; domain {names.source})", hanging=2)
    labels = [*_labels(names.servers), *(f"from {view.pod}" for view in names.views)]
    shown = names.heard if names.control and names.control.wrong else names.rows
    rows = [[_short(row.record, suffix), row.record.type, _wanted(row.record, suffix)] for row in shown]
    widths = [max(map(len, column)) for column in zip(["name", "", "should give"], *rows, strict=True)]
    yield _head(["name", "", "should give"], widths, labels)
    for row, texts in zip(shown, rows, strict=True):
        yield _line(row, texts, widths, _cells(row, names), labels)


def _head(titles: list[str], widths: list[int], labels: list[str]) -> Line:
    padded = "  ".join(title.ljust(width) for title, width in zip(titles, widths, strict=True))
    return line(Span("  ".join(["  " + padded, *labels]), "dim"), indent=2, wraps=False)


def _cells(row: Row, names: Names) -> list[Resolved | None]:
    """What each server said to one name, and what was said inside of Pods."""
    return [*(row.told.get(server) for server in names.servers), *(view.answer(row.record) for view in names.views)]


def _line(row: Row, texts: list[str], widths: list[int], answers: list[Resolved | None], labels: list[str]) -> Line:
    heard = [told for told in answers if told is not None]
    silent = row.record.values == (ANY,) and not any(told.values for told in heard)
    right = all(map(row.record.agrees, heard))
    mark = Span("-", "dim") if not heard or silent else Span("✓", "good") if right else Span("✗", "bad")
    padded = "  ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True))
    cells: list[Span | str] = []
    for told, label in zip(answers, labels, strict=True):
        text = "not asked" if told is None else _seen(row, told)
        cells += ["  ", Span(text.ljust(len(label)), "dim" if told is None else "" if row.record.agrees(told) else "bad")]
    return line(mark, " ", padded, *cells, indent=2, wraps=False)


def _labels(servers: tuple[Server, ...]) -> list[str]:
    """What tells the servers apart: the last part of their Pods' names where that is enough."""
    last = [server.pod.rpartition("-")[2] for server in servers]
    return last if len(set(last)) == len(last) else [server.pod for server in servers]


def _short(record: RecordSet, suffix: str) -> str:
    return record.name.removesuffix(suffix)


def _wanted(record: RecordSet, suffix: str) -> str:
    if record.values == (ANY,):
        return "an address"
    shown = [value.removesuffix(suffix) for value in sorted(record.values)]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more if shown else f"nothing: {record.note}" if record.note else "nothing"


def _seen(row: Row, told: Resolved) -> str:
    if not row.record.agrees(told):
        return _told(told)
    return _told(told) if row.record.values == (ANY,) else "✓"


def _told(told: Resolved) -> str:
    if told.status in UNANSWERED:
        return UNANSWERED[told.status]
    if told.status != "NOERROR":
        return told.status
    return ", ".join(told.values[:SHOWN]) + (f" and {len(told.values) - SHOWN} more" if len(told.values) > SHOWN else "") or "no record"
