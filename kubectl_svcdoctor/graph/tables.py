"""The tables of an examination: all that providers make, found by their types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from kubectl_svcdoctor.graph.dns.table import names, names_table
from kubectl_svcdoctor.graph.provide import Need, providers
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.model.branch import Branch
from kubectl_svcdoctor.model.evidence import Vantage
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject
from kubectl_svcdoctor.model.table import Table


def tables(tree: Tree) -> tuple[Table, ...]:
    """Those of the names of each branch, and whatever else a provider gives that is a table, each once; of several of one title each says whose it is."""
    subject = tree.trunk.need(Subject)
    prominent = isinstance(subject, Subject) and not isinstance(subject, ServiceSubject)
    known = ((names(tree.leaves(branch)), branch) for branch in tree.branches)
    found = {names_table(entry, prominent): _whose(branch) for entry, branch in known if entry and entry.rows}
    for table, whose in _provided(tree):
        found.setdefault(table, whose)
    titles = Counter(table.title for table in found)
    return tuple(replace(table, title=f"{table.title}, {whose}") if titles[table.title] > 1 and whose else table for table, whose in found.items())


def _provided(tree: Tree) -> Iterator[tuple[Table, str]]:
    ours = {branch.id for branch in tree.branches}
    for kind in [kind for kind in providers() if issubclass(kind, Table)]:
        for part in tree.where([Need("table", kind, optional=False)]):
            value, vantage = part.evidence.need(kind), part.evidence.need(Vantage) if part.seen else None
            if isinstance(value, Table) and (part.branch is None or part.branch.id in ours):
                seen = f"from {vantage.label}" if isinstance(vantage, Vantage) else ""
                yield value, ", ".join(filter(None, (_whose(part.branch), seen)))


def _whose(branch: Branch | None) -> str:
    return f"Service {branch.service.name}" if branch and branch.service else ""
