"""A short name means the client's own namespace, and the Service is in another one.

Why it breaks:
The search path that the kubelet gives to a Pod begins with the Pod's own namespace: `web` is asked as web.NAMESPACE.svc.DOMAIN. A Service of
that name in another namespace is never found by it.

How to fix:
Name the namespace too: web.shop, or the full name web.shop.svc.cluster.local.

Look yourself:
kubectl get services -A --field-selector metadata.name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#namespaces-of-services
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.subjects import ClientName
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import NamedService, Namesakes
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.subject import Subject


@defect("DNS107", "dns-wrong-namespace-short-name")
def short_name_elsewhere(subject: Subject, name: ClientName, named: NamedService, namesakes: Namesakes) -> Problem | None:
    elsewhere = sorted(service.namespace for service in namesakes)
    if named or name.qualified or not elsewhere:
        return None
    typed = subject.name.rstrip(".")
    port = f":{subject.port}" if subject.port else ""
    right = f"{typed}.{elsewhere[0]}"
    return Problem(
        object=ObjectRef("v1", "Service", name.namespace, name.service), severity=Severity.ERROR,
        summary=f"in namespace {name.namespace} the name {typed} means a Service {name.service} there, and it is in namespace {names(elsewhere)}",
        evidence=(f"the search path makes it {typed}.{name.namespace}.svc",),
        fix=Fix(f"let the client use {right}", (diagnosis(f"{right}{port}"),)), explains=("svc-missing",),
    )
