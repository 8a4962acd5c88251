"""A DNS server takes connections and does not answer.

Why it breaks:
The DNS Service spreads queries over all ready servers. One that hangs lets its share of the lookups run into their time-out (five seconds
in most resolvers) before another is tried; when all hang, no name resolves.

How to fix:
Restart the Pod; if it hangs again, look at its log, its CPU limit, and whether it still reaches the API server and its upstream.

Look yourself:
kubectl -n kube-system logs POD --tail=20
kubectl -n kube-system top pod POD

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.affected import names
from kubectl_svcdoctor.graph.dns.differences import Silent
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS120", "dns-server-silent")
def server_silent(quiet: Silent) -> Problem:
    first = quiet.servers[0]
    some = f"DNS server {first.pod}" if len(quiet.servers) == 1 else f"{len(quiet.servers)} DNS servers"
    return Problem(
        object=ObjectRef("v1", "Pod", first.namespace, first.pod), severity=Severity.ERROR, partial=quiet.others > 0,
        summary=f"{some} of {len(quiet.servers) + quiet.others} took queries and did not answer",
        evidence=(f"asked over TCP at port {first.port} of {names([server.pod for server in quiet.servers])}, and nothing came within three seconds",),
        fix=Fix("restart the server", (f"kubectl -n {first.namespace} delete pod {first.pod}",)),
    )
