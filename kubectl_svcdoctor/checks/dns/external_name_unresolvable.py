"""The name that an ExternalName Service stands for does not resolve.

Why it breaks:
The Service is a CNAME record: clients are sent on to the external name, and the cluster's DNS asks its upstream servers for that. When they
do not know it, the client's lookup fails, although the Service exists.

How to fix:
Correct externalName, or make the name known to the DNS servers that the cluster forwards to (the Corefile's forward line).

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalName}'
dig EXTERNAL-NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#externalname
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.words import told
from kubectl_svcdoctor.model.dns import ANY, Names
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("DNS130", "svc-externalname-unresolvable")
def external_name_unresolvable(service: Service, names: Names) -> Problem | None:
    rows = [row for row in names.rows if row.record.values == (ANY,)]
    asked = [server for server in names.servers if all(server in row.told and row.told[server].status != "SILENT" for row in rows)]
    failed = [server for server in asked if not any(row.told[server].values for row in rows)]
    if not rows or not failed:
        return None
    target, first = service.spec.external_name, rows[0]
    status = first.told[failed[0]].status
    why = ": the servers that the cluster forwards to give no answer" if status in ("SERVFAIL", "REFUSED") else ""
    return Problem(
        object=service, severity=Severity.ERROR, partial=len(failed) < len(asked), field=("spec", "externalName"),
        summary=f"ExternalName {target} of Service {service.name} has no address{why}",
        evidence=tuple(f"DNS server {server.pod} answers {told(first.told[server])} for {first.record.name}, IPv4 and IPv6" for server in failed),
        fix=Fix("correct the external name", (
            f"kubectl -n {service.namespace} patch service {service.name} --type=merge -p '{{\"spec\":{{\"externalName\":\"NAME\"}}}}'",)),
    )
