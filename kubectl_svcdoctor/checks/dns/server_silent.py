"""A DNS server accepts connections and does not answer.

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
from kubectl_svcdoctor.graph.dns.differences import Silent
from kubectl_svcdoctor.graph.dns.made import ServerPods, restart_of
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS120", "dns-server-silent")
def server_silent(quiet: Silent, pods: ServerPods | None = None) -> Problem:
    first = quiet.servers[0]
    every = len(quiet.servers) + quiet.others
    some = f"DNS server {first.pod} accepts connections and does not answer" if len(quiet.servers) == 1 else \
        f"{len(quiet.servers)} of {count(every, 'DNS server')} accept connections and do not answer"
    return Problem(
        object=ObjectRef("v1", "Pod", first.namespace, first.pod), severity=Severity.ERROR, partial=quiet.others > 0,
        summary=some,
        evidence=(f"asked over TCP at port {first.port} of {names([server.pod for server in quiet.servers])}: no answer within three seconds",
                  f"{quiet.others} of {count(every, 'DNS server')} answered"),
        fix=Fix("restart the server: its controller replaces the Pod", tuple(
            command for server in (quiet.servers if not quiet.others else quiet.servers[:1]) for command in restart_of(server, pods))),
    )
