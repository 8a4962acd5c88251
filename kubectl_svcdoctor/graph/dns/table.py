"""The names of a subject for the report: as far as they were asked with the answers, else only what they should give."""

from __future__ import annotations

from kubectl_svcdoctor.graph.dns.answers import ClusterDomain, Expected
from kubectl_svcdoctor.graph.provide import Evidence
from kubectl_svcdoctor.model.dns import Names, Row


def names(evidence: Evidence) -> Names | None:
    """None where no cluster DNS is known, or the records do not follow from what could be read."""
    asked = evidence.need(Names)
    if isinstance(asked, Names):
        return asked
    domain, wanted = evidence.need(ClusterDomain), evidence.need(Expected)
    if not isinstance(domain, ClusterDomain) or not isinstance(wanted, Expected):
        return None
    return Names(domain.name, domain.source, tuple(Row(record) for record in wanted))
