"""A cluster in a file: what --record writes and --replay reads, and what the test cases are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.evidence import Here, Vantage, Wanted
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.snapshot import Absent, Answer, Query, Unknown

Some = Query[KubernetesObject]
Standpoint = Vantage | Wanted | Here | Unknown


@dataclass
class Recording:
    """A Source out of plain objects.

    `reads` are the queries whose full answers are among the objects; None means that everything is. `refused` are the
    recorded Unknowns: a narrower read that succeeded beside one is believed. `absent` are reads of what the server turned out not to serve. A query that the
    recording does not cover is answered "not asked".
    `standpoints` are what --from was given: the Pods asked from, and those that were not made or could not be had.
    """

    objects: tuple[KubernetesObject, ...]
    taken_at: datetime
    reads: tuple[Some, ...] | None = None
    refused: Mapping[Some, Unknown] | None = None
    absent: frozenset[Some] = frozenset()
    where: Cluster = Cluster()  # noqa: RUF009 - frozen
    namespace: str = "default"
    replies: Mapping[Question, Reply] = field(default_factory=dict)
    standpoints: tuple[Standpoint, ...] = ()
    requests: int = 0
    warnings: tuple[str, ...] = ()

    def ask(self, queries: Iterable[Some]) -> Mapping[Some, Answer]:
        return {query: self._answer(query) for query in queries}

    def now(self) -> datetime:
        return self.taken_at

    def cluster(self) -> Cluster:
        return self.where

    def _answer(self, query: Some) -> Answer:
        refused = self.refused or {}
        if query in refused:
            return refused[query]
        if query in self.absent:
            return Absent(f"the server does not serve {query.kind.resource.qualified}")
        if self.reads is not None and any(read.covers(query) for read in self.reads):
            return tuple(item for item in self.objects if query.admits(item))
        shut = next((unknown for asked, unknown in refused.items() if _shuts(asked, query)), None)
        if shut is None and self.reads is not None:
            return Unknown(f"{query.kind.resource.plural} ({query.path})", "not-asked", "the recording does not hold them",
                           "record again with --record FILE and the same subject")
        return shut or tuple(item for item in self.objects if query.admits(item))


def _shuts(refused: Some, query: Some) -> bool:
    """Whether who may not read the one may not read the other: rights go by kind, namespace and name, and not by labels."""
    return refused.kind is query.kind and refused.namespace in (None, query.namespace) and refused.name in ("", query.name)


def manifests(documents: Iterable[Any], origin: str) -> tuple[KubernetesObject, ...]:
    """Typed objects of plain mappings; kinds that no check reads are left out. Raises UserError on what is no manifest."""
    known = decode.kinds()
    found = []
    for place, document in enumerate(documents):
        if not isinstance(document, dict) or "kind" not in document or "apiVersion" not in document:
            raise UserError(f"{origin}: item {place} is no Kubernetes object (apiVersion and kind are missing); "
                            "use a file that --record has written", 2)
        kind = known.get((document["apiVersion"], document["kind"]))
        if kind is None:
            continue
        try:
            found.append(decode.from_manifest(kind, document))
        except msgspec.ValidationError as error:
            name = (document.get("metadata") or {}).get("name", "?")
            raise UserError(f"{origin}: {document['kind']} {name}: {error}; correct the file or record it again", 2) from error
    return tuple(found)
