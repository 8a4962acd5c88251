"""The name that an ExternalName Service stands for does not resolve.

Why it breaks:
The Service is a CNAME record: clients are sent on to the external name, and the cluster's DNS asks its upstream servers for that. When they
do not know it, the client's lookup fails, although the Service exists.

How to fix:
Where the answer is NXDOMAIN: correct externalName, or make the name known to the DNS servers that the cluster forwards to. Where it is SERVFAIL,
REFUSED or none: look at those servers (the Corefile's forward line), and at the log of the cluster's DNS servers.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalName}'
dig EXTERNAL-NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#externalname
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.made import logs
from kubectl_svcdoctor.graph.dns.reads import corefile_name
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import reply_text
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.dns import ANY, Names, Row
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.questions import Server
from kubectl_svcdoctor.model.service import Service

# What a server says when those that it forwards to gave it nothing; silence, when it still waits for them.
NO_UPSTREAM = ("SERVFAIL", "REFUSED", "SILENT")


@symptom("DNS130", "svc-externalname-unresolvable")
def external_name_unresolvable(service: Service, names: Names, dns: ClusterDNS) -> Problem | None:
    rows = [row for row in names.rows if row.record.values == (ANY,)]
    asked = [server for server in names.servers if _serves(names, server) and all(server in row.told for row in rows)]
    failed = [server for server in asked if not any(row.told[server].values for row in rows)]
    if not rows or not failed:
        return None
    first = rows[0]
    upstream = all(row.told[server].status in NO_UPSTREAM for row in rows for server in failed)
    why = "the nameservers that the cluster's DNS forwards to give no answer for it" if upstream else "the nameservers outside know no address of it"
    return Problem(
        object=service, severity=Severity.ERROR, partial=len(failed) < len(asked), field=() if upstream else ("spec", "externalName"),
        summary=f"ExternalName {service.spec.external_name} of Service {service.name} does not resolve: {why}",
        evidence=(*(f"DNS server {server.pod} answers {reply_text(first.told[server])} for {first.record.name}, IPv4 and IPv6" for server in failed),
                  *(("names of the cluster are answered; other names outside were not asked",) if upstream else ())),
        fix=_fix(service, dns, upstream),
    )


def _serves(names: Names, server: Server) -> bool:
    """Whether the server answers at all, as far as the DNS Service's own name tells."""
    control: Row | None = names.control
    return control is None or server not in control.told or control.told[server].status != "SILENT"


def _fix(service: Service, dns: ClusterDNS, upstream: bool) -> Fix:
    if not upstream:
        return Fix("correct externalName, or make the name known to the nameservers that the cluster's DNS forwards to",
                   (kubectl("get", service, "-o", "jsonpath={.spec.externalName}", namespace=service.namespace),))
    corefile = ObjectRef("v1", "ConfigMap", dns.namespace, corefile_name(dns.service))
    return Fix("see which nameservers the cluster's DNS forwards to (forward in the Corefile), and what its log says of them", (
        kubectl("get", corefile, "-o", "jsonpath={.data.Corefile}", namespace=dns.namespace), logs(dns)))
