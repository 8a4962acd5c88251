"""DNS servers give different answers to the same name, and some are wrong.

Why it breaks:
Each server watches the API by itself. One that lost its watch, or that was cut off from the API server, goes on answering what it knew:
clients that happen to ask it get addresses of Pods that are gone, or no answer at all. The fault comes and goes, as the server does that is
asked.

How to fix:
Restart the server that is wrong; if it gets stale again, look at its way to the API server.

Look yourself:
kubectl -n kube-system port-forward pod/POD 1053:53 and dig @127.0.0.1 -p 1053 +tcp NAME

Reference:
https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.differences import CACHED, WrongAnswers
from kubectl_svcdoctor.graph.dns.made import ServerPods, restart_of
from kubectl_svcdoctor.graph.dns.words import reply_text, sides, wanted
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@symptom("DNS123", "dns-servers-disagree")
def servers_disagree(wrong: WrongAnswers, pods: ServerPods | None = None) -> Problem | None:
    split = [row for row in wrong if row.right]
    if not split or wrong.fresh < CACHED:
        return None
    row = split[0]
    first = row.wrong[0]
    more = f"{len(split) - 1} more names differ in the same way" if len(split) > 1 else ""
    return Problem(
        object=ObjectRef("v1", "Pod", first.namespace, first.pod), severity=Severity.ERROR, partial=True,
        summary=f"DNS server {first.pod} answers {reply_text(row.told[first])} for {row.record.name}, "
                f"{len(row.right)} of {len(row.told)} servers answer{'s' if len(row.right) == 1 else ''} {wanted(row.record)}",
        evidence=tuple(fact for fact in (*sides(row), more) if fact),
        fix=Fix("restart the server that is wrong: its controller replaces the Pod, which reads everything again", restart_of(first, pods)),
    )
