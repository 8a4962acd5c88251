"""Answers of DNS servers in words."""

from __future__ import annotations

from kubectl_svcdoctor.model.dns import RecordSet, Row
from kubectl_svcdoctor.model.questions import UNANSWERED, Resolved

SHOWN = 4


def reply_text(reply: Resolved) -> str:
    """`10.96.0.10`, `NXDOMAIN`, `no such record`, `no answer`, `connection refused`."""
    if reply.status in UNANSWERED:
        return UNANSWERED[reply.status]
    if reply.status != "NOERROR":
        return reply.status
    return values(reply.values) or "no such record"


def wanted(record: RecordSet) -> str:
    """The values that the specification demands; why there are none."""
    return values(record.values) or f"no record ({record.note})"


def values(entries: tuple[str, ...]) -> str:
    """The first few, in a stable order."""
    shown = ", ".join(sorted(entries)[:SHOWN])
    return f"{shown} and {len(entries) - SHOWN} more" if len(entries) > SHOWN else shown


def sides(row: Row) -> tuple[str, ...]:
    """One sentence for the wanted answer, and one for each wrong one."""
    found = [f"{row.record.name} ({row.record.type}) should give {wanted(row.record)}"]
    found += [f"DNS server {server.pod} answers {reply_text(row.told[server])}" for server in row.wrong]
    return tuple(found)
