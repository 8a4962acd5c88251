"""Whoever answers queries: a real API server, or a file that stands for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.snapshot import Answer, Query


class Source(Protocol):
    """Answers to queries."""

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for stderr; they may become more."""

    @property
    def requests(self) -> int:
        """How many requests were sent to an API server so far."""

    def ask(self, queries: Iterable[Query[KubernetesObject]]) -> Mapping[Query[KubernetesObject], Answer]:
        """An answer for each query, asked concurrently; "could not look" is an answer, so this raises nothing for one query."""

    def now(self) -> datetime:
        """The server's clock, as told by its latest answer."""

    def cluster(self) -> Cluster:
        """Where this is: the context's name and the server's version, as far as they are known."""
