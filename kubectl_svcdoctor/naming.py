"""What findings say of the subject: which Service they are about where that is another one, and that a Pod which is the subject gets no traffic."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kubectl_svcdoctor.model.branch import Branch
from kubectl_svcdoctor.model.evidence import ServiceKey
from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.subject import PodSubject, ServiceSubject, Subject


def out_of_service(findings: Iterable[Finding], subject: Subject) -> tuple[Finding, ...]:
    """The findings; those that keep clients away from the Pod which is the subject begin with that."""
    ref = ObjectRef("v1", "Pod", subject.namespace, subject.name)
    return tuple(
        replace(finding, problem=replace(finding.problem, summary=f"Pod {subject.name} gets no traffic: {finding.problem.summary}"))
        if isinstance(subject, PodSubject) and ref in finding.problem.out else finding for finding in findings
    )


def named(findings: Iterable[Finding], subject: Subject, branches: Iterable[Branch]) -> tuple[Finding, ...]:
    """The findings, with the name of their Service in front where they were found in one of several branches, and it is not the subject."""
    services = {branch.id: branch.service for branch in branches if branch.service}
    if len(services) < 2:
        return tuple(findings)
    return tuple(_named(finding, subject, services) for finding in findings)


def _named(finding: Finding, subject: Subject, services: dict[str, ServiceKey]) -> Finding:
    found = {services[branch] for branch in finding.branches or () if branch in services}
    if len(found) != 1:
        return finding
    (key,) = found
    if isinstance(subject, ServiceSubject) and (key.namespace, key.name) == (subject.namespace, subject.name):
        return finding
    if re.search(rf"\b[Ss]ervices? (?:[-\w]+/)?{re.escape(key.name)}(?![-\w])", finding.problem.summary):
        return finding
    who = f"Service {key.name}" if key.namespace == subject.namespace else f"Service {key.namespace}/{key.name}"
    return replace(finding, problem=replace(finding.problem, summary=f"{who}: {finding.problem.summary}"))
