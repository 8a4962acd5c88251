"""The tables of an examination: all that providers make, found by their types."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.graph.dns.table import names, names_table
from kubectl_svcdoctor.graph.provide import Need, providers
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject
from kubectl_svcdoctor.model.table import Table


def tables(tree: Tree) -> tuple[Table, ...]:
    """Those of the names of each branch, and whatever else a provider gives that is a table, each once."""
    subject = tree.trunk.need(Subject)
    prominent = isinstance(subject, Subject) and not isinstance(subject, ServiceSubject)
    known = (names(tree.leaves(branch)) for branch in tree.branches)
    found = [names_table(entry, prominent) for entry in known if entry and entry.rows]
    return tuple(dict.fromkeys((*found, *_provided(tree))))


def _provided(tree: Tree) -> Iterator[Table]:
    ours = {branch.id for branch in tree.branches}
    for kind in [kind for kind in providers() if issubclass(kind, Table)]:
        for part in tree.where([Need("table", kind, optional=False)]):
            value = part.evidence.need(kind)
            if isinstance(value, Table) and (part.branch is None or part.branch.id in ours):
                yield value
