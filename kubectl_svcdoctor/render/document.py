"""The report as plain values, version svcdoctor/v1: what -o json and -o yaml print, and what the JSON Schema describes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from kubectl_svcdoctor import __version__
from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.finding import Finding, Fix
from kubectl_svcdoctor.model.hops import Step
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.model.table import Table

VERSION = "svcdoctor/v1"


def document(result: Result) -> dict[str, Any]:
    """A Report for a single subject, a ReportList for several."""
    if not result.several:
        return report(result.reports[0])
    causes = [{**finding(cause.finding), "subjects": [subject(entry) for entry in cause.subjects]} for cause in result.causes]
    return {"apiVersion": VERSION, "kind": "ReportList", "items": [report(entry) for entry in result.reports], "causes": causes}


def report(entry: Report) -> dict[str, Any]:
    return {
        "apiVersion": VERSION, "kind": "Report", "subject": subject(entry.subject), "verdict": entry.verdict,
        "findings": [finding(found) for found in entry.findings], "unknowns": [unknown(unseen) for unseen in entry.unknowns],
        "path": list(map(_step, entry.path)),
        "passed": list(entry.passed), "probed": entry.probed, "vantages": list(entry.vantages),
        "cluster": {"context": entry.cluster.context, "serverVersion": entry.cluster.server_version},
        "tool": {"version": __version__}, "takenAt": moment(entry.taken_at), "seconds": round(entry.seconds, 3),
        "apiRequests": entry.api_requests, "tables": list(map(_table, entry.tables)), "dns": entry.names and names(entry.names),
    }


def _step(step: Step) -> dict[str, Any]:
    return {"id": step.id, "parent": step.parent or None, "branch": step.branch or None, "hop": step.hop, "from": step.source, "to": step.target,
            "status": step.status, "detail": step.detail}


def _table(table: Table) -> dict[str, Any]:
    rows = [{"label": row.label, "cells": [{"status": cell.status, "text": cell.text} for cell in row.cells]} for row in table.rows]
    return {"title": table.title, "columns": list(table.columns), "rows": rows}


def names(entry: Names) -> dict[str, Any]:
    """The names with what they should give and what each server answered."""
    return {
        "domain": entry.domain, "domainSource": entry.source, "servers": [server.pod for server in entry.servers],
        "records": [
            {
                "name": row.record.name, "type": row.record.type, "expected": list(row.record.values), "pod": row.record.pod or None,
                "note": row.record.note or None,
                "answers": [
                    {"server": server.pod, "status": told.status, "values": list(told.values), "seconds": told.seconds,
                     "right": row.record.agrees(told)}
                    for server, told in row.told.items()
                ] + [
                    {"server": view.address, "from": view.pod, "status": told.status, "values": list(told.values), "seconds": told.seconds,
                     "right": row.record.agrees(told)}
                    for view in entry.views if (told := view.answer(row.record))
                ],
            }
            for row in entry.heard
        ],
    }


def subject(entry: Subject) -> dict[str, Any]:
    return {"kind": entry.kind, "namespace": entry.namespace, "name": entry.name, "typed": entry.typed}


def finding(found: Finding) -> dict[str, Any]:
    problem = found.problem
    changed = found.changed
    branch = (next(iter(found.branches)) or None) if found.branches and len(found.branches) == 1 else None
    return {
        "code": found.code, "slug": found.slug, "hop": found.hop, "severity": problem.severity.value, "role": found.role,
        "object": msgspec.to_builtins(problem.ref), "port": problem.port or None, "branch": branch, "service": branch and branch.partition(":")[0],
        "node": problem.node or None, "family": problem.family or None, "summary": problem.summary,
        "evidence": list(problem.evidence), "fix": _fix(found.fix), "explains": list(found.explains),
        "changed": changed and {"field": changed.field, "manager": changed.manager, "time": changed.time and moment(changed.time)},
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    patch = fix.patch and {"target": msgspec.to_builtins(fix.patch.target), "type": fix.patch.type, "body": fix.patch.body}
    return {"summary": fix.summary, "commands": list(map(str, fix.commands)), "patch": patch, "verified": fix.verified, "remains": fix.remains}


def unknown(unseen: Unknown) -> dict[str, Any]:
    return {"what": unseen.what, "why": unseen.why, "detail": unseen.detail, "unlock": unseen.unlock}


def moment(time: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
