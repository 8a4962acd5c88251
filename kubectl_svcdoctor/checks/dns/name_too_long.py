"""The name is longer than DNS allows, so it cannot be looked up.

Why it breaks:
A part of a DNS name has at most 63 octets, a whole name 253. Objects may have longer names, and the names that are made of them then have no
record; resolvers refuse to send such a question.

How to fix:
Shorten the name of the object: for a Pod of a StatefulSet that is the name of the set and its serviceName.

Look yourself:
kubectl get statefulset NAME -o jsonpath='{.metadata.name} {.spec.serviceName}'

Reference:
https://datatracker.ietf.org/doc/html/rfc1035#section-2.3.4
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.answers import Expected
from kubectl_svcdoctor.graph.dns.records import too_long
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.subject import NameSubject, Subject


@defect("DNS116", "dns-name-too-long")
def name_too_long(subject: Subject, service: Service, expected: Expected) -> Problem | None:
    typed = (subject.name.rstrip("."),) if isinstance(subject, NameSubject) else ()
    found = [(name, why) for name in (*typed, *(record.name for record in expected)) if (why := too_long(name))]
    if not found:
        return None
    name, why = found[0]
    return Problem(
        object=service, severity=Severity.ERROR, partial=True, summary=f"the name {name} cannot be looked up: {why}",
        evidence=(f"{len(found)} names of Service {service.name} are too long",),
        fix=Fix("shorten the name of the object of which it is made up", (kubectl("get", "services,statefulsets", namespace=service.namespace),)),
    )
