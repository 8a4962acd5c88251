"""The names of a subject for the report: as far as they were asked with the answers, else only what they should give. As a table: names × servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain, Expected
from kubectl_svcdoctor.graph.dns.from_pod import Heard
from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.model.dns import ANY, Names, RecordSet, Row, View
from kubectl_svcdoctor.model.questions import UNANSWERED, Resolved, Server
from kubectl_svcdoctor.model.table import Cell, Table
from kubectl_svcdoctor.model.table import Row as TableRow

SHOWN = 2


def names(leaves: Sequence[Evidence]) -> Names | None:
    """The names of a branch, with what each vantage heard of them; None where no cluster DNS is known, or the records do not follow from what could be
    read."""
    views = tuple(_views(leaves))
    asked = leaves[0].need(Names)
    if isinstance(asked, Names):
        return replace(asked, views=views)
    domain, wanted = leaves[0].need(ClusterDomain), leaves[0].need(Expected)
    if not isinstance(domain, ClusterDomain) or not isinstance(wanted, Expected):
        return None
    return Names(domain.name, domain.source, tuple(Row(record) for record in wanted), views=views)


def _views(leaves: Iterable[Evidence]) -> Iterator[View]:
    """The first nameserver of each Pod that --from names, as far as it was asked."""
    for evidence in leaves:
        heard = evidence.need(Heard)
        if isinstance(heard, Heard):
            yield View(heard.vantage.pod, heard.address, {(record.name, record.type): told for record, told in heard.answers})


def names_table(names: Names, prominent: bool) -> Table:
    """A row for each name, with what each server said to it, and what was said inside of Pods; the title says what the short names stand for."""
    zone = f".svc.{names.domain}"
    namespace = names.rows[0].record.name.removesuffix(zone).rpartition(".")[2]
    suffix = f".{namespace}{zone}"
    asked = f"asked of {len(names.servers)} DNS server{'' if len(names.servers) == 1 else 's'}" if names.servers else "no DNS server was asked"
    asked += f", and from {len(names.views)} Pod{'' if len(names.views) == 1 else 's'}" if names.views else ""
    labels = [*_labels(names.servers), *(f"from {view.pod}" for view in names.views)]
    shown = names.heard if names.control and names.control.wrong else names.rows
    rows = tuple(TableRow(row.record.name.removesuffix(suffix), (Cell(row.record.type), Cell(_wanted(row.record, suffix)), *_cells(row, names)))
                 for row in shown)
    columns, hops = ("name", "", "should give", *labels), frozenset({"dns", "sts"})
    return Table(f"names below {suffix[1:]}", columns, rows, f"{asked}; domain {names.source}", hops, prominent)


def _cells(row: Row, names: Names) -> Iterator[Cell]:
    """What each server said to one name, and what was said inside of Pods."""
    answers = [*(row.told.get(server) for server in names.servers), *(view.answer(row.record) for view in names.views)]
    silent = row.record.values == (ANY,) and not any(told.values for told in answers if told)
    for told in answers:
        if told is None:
            yield Cell("not asked", "none")
        else:
            right = row.record.agrees(told)
            yield Cell(_seen(row.record, told), "none" if silent and right else "ok" if right else "broken")


def _labels(servers: tuple[Server, ...]) -> list[str]:
    """What tells the servers apart: the last part of their Pods' names where that is enough."""
    last = [server.pod.rpartition("-")[2] for server in servers]
    return last if len(set(last)) == len(last) else [server.pod for server in servers]


def _wanted(record: RecordSet, suffix: str) -> str:
    if record.values == (ANY,):
        return "an address"
    shown = [value.removesuffix(suffix) for value in sorted(record.values)]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more if shown else f"nothing: {record.note}" if record.note else "nothing"


def _seen(record: RecordSet, told: Resolved) -> str:
    return "✓" if record.agrees(told) and record.values != (ANY,) else _told(told)


def _told(told: Resolved) -> str:
    if told.status in UNANSWERED:
        return UNANSWERED[told.status]
    if told.status != "NOERROR":
        return told.status
    return ", ".join(told.values[:SHOWN]) + (f" and {len(told.values) - SHOWN} more" if len(told.values) > SHOWN else "") or "no record"
