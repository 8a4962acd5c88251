"""Many subjects as one question: lists are read once, the cluster's DNS servers are asked once, and no Pods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kubectl_svcdoctor import cores
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph.dns.servers import DNS_NAMESPACES, dns_services
from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe.door import NoProbe, OnlyDNS

MOVING = (Service, Pod, EndpointSlice)
ALONE = NoProbe("of several subjects none is probed", f"examine one alone: {plugin.program()} NAME -n NAMESPACE")


def examined(doctor: Doctor, subjects: Sequence[Subject]) -> list[Report]:
    """Reports on many subjects. What looks broken is judged once more after the lists that move were read again, together."""
    confirm, doctor.confirm = doctor.confirm, False
    doctor.wide = True
    declined = doctor.prober if isinstance(doctor.prober, NoProbe) else ALONE
    alone = replace(declined, what="the ports of the Pods, and what DNS answers to each name")
    doctor.prober = OnlyDNS(doctor.prober, alone)
    dns = _dns(doctor)
    if dns is not None:
        # What its servers answer to the DNS Service's own names concerns every Service.
        doctor.ask_about(ServiceSubject(dns.namespace, dns.name))
        doctor.shared = frozenset(doctor.snapshot.replies)
    doctor.prober = alone
    doctor.snapshot = replace(doctor.snapshot, declined=alone.reply())
    reports = cores.examined(doctor, subjects)
    if confirm and any(report.causes for report in reports):
        doctor.prefetch([query for query in doctor.snapshot.answers if query.kind in MOVING and not query.name])
        reports = [doctor.examine(report.subject) if report.causes else report for report in reports]
    doctor.confirm = confirm
    return reports


def _dns(doctor: Doctor) -> Service | None:
    """The cluster's DNS Service, where it may be read."""
    for namespace in DNS_NAMESPACES:
        query = Query(Service, namespace)
        if doctor.snapshot.answer(query) is None:  # type: ignore[arg-type]
            doctor.prefetch([query])
        answer = doctor.snapshot.answer(query)  # type: ignore[arg-type]
        found = dns_services(tuple(item for item in answer if isinstance(item, Service))) if isinstance(answer, tuple) else []
        if found:
            return found[0]
    return None
