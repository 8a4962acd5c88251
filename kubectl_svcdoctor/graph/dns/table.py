"""The names of a subject for the report: as far as they were asked with the answers, else only what they should give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain, Expected
from kubectl_svcdoctor.graph.dns.from_pod import Heard
from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.model.dns import Names, Row, View


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
