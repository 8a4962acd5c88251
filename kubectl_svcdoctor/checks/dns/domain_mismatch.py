"""The name ends in another domain than the cluster's.

Why it breaks:
Full names of Services end in the cluster domain, which is cluster.local in most clusters and whatever was configured in others. A name with
another domain is sent on to DNS servers outside, which do not know it.

How to fix:
Use the cluster's own domain, or leave it out: the search path of every Pod supplies it.

Look yourself:
kubectl exec POD -- cat /etc/resolv.conf

Reference:
https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.answers import ClusterDomain
from kubectl_svcdoctor.graph.dns.typed import TypedReplies
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.subjects import ClientName
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.subject import Subject


@defect("DNS108", "dns-cluster-domain-mismatch")
def domain_mismatch(subject: Subject, name: ClientName, domain: ClusterDomain, told: TypedReplies) -> Problem | None:
    if told.resolves:
        return None
    typed = subject.name.rstrip(".")
    right = typed.removesuffix(name.domain) + domain.name
    return Problem(
        object=ObjectRef("v1", "Service", name.namespace, name.service), severity=Severity.ERROR,
        summary=f"{typed} does not resolve: the cluster domain is {domain.name}, and not {name.domain}",
        evidence=(f"the domain is {domain.name} {domain.source}", f"none of {count(len(told), 'DNS server')} knows {typed}"),
        fix=Fix(f"let the client use {right}, or {typed.removesuffix('.svc.' + name.domain)}", (diagnosis(right),)),
    )
