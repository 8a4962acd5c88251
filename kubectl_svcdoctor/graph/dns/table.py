"""The names of a subject for the report: as far as they were asked with the answers, else only what they should give."""

from __future__ import annotations

from dataclasses import replace

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain, Expected
from kubectl_svcdoctor.graph.dns.from_pod import Heard
from kubectl_svcdoctor.graph.provide import Evidence
from kubectl_svcdoctor.model.dns import Names, Row, View


def names(evidence: Evidence) -> Names | None:
    """None where no cluster DNS is known, or the records do not follow from what could be read."""
    views = _views(evidence)
    asked = evidence.need(Names)
    if isinstance(asked, Names):
        return replace(asked, views=views)
    domain, wanted = evidence.need(ClusterDomain), evidence.need(Expected)
    if not isinstance(domain, ClusterDomain) or not isinstance(wanted, Expected):
        return None
    return Names(domain.name, domain.source, tuple(Row(record) for record in wanted), views=views)


def _views(evidence: Evidence) -> tuple[View, ...]:
    """The first nameserver of the Pod that --from names, as far as it was asked."""
    heard = evidence.need(Heard)
    if not isinstance(heard, Heard):
        return ()
    return (View(heard.vantage.pod, heard.address, {(record.name, record.type): told for record, told in heard.answers}),)
