"""Every DNS server gives another answer than the Service and its EndpointSlices demand.

Why it breaks:
The records of a Service follow from the Service and its EndpointSlices alone. When all servers agree on something else, they are cut off
from the API server and serve what they knew, or something in their configuration answers before the cluster's data does.

How to fix:
Look at the servers' logs for trouble with the API server, and at the Corefile for what stands before the kubernetes plugin; then restart
the servers.

Look yourself:
kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20
kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'

Reference:
https://github.com/kubernetes/dns/blob/master/docs/specification.md
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.differences import CACHED, GuiltyCorefile, WrongAnswers
from kubectl_svcdoctor.graph.dns.made import ServerPods, logs, restart_of_all
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import reply_text, sides, wanted
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("DNS122", "dns-answer-differs")
def answer_differs(
    service: Service, wrong: WrongAnswers, dns: ClusterDNS, corefile: GuiltyCorefile | None = None, pods: ServerPods | None = None
) -> Problem | None:
    rows = [row for row in wrong if not row.right]
    if not rows or wrong.fresh < CACHED or (corefile and corefile.rewriting):
        return None
    row = rows[0]
    own = row.record.name.startswith(f"{service.name}.")
    return Problem(
        object=service, severity=Severity.ERROR, partial=not own,
        summary=f"DNS answers {reply_text(row.told[row.wrong[0]])} for {row.record.name} instead of {wanted(row.record)}",
        evidence=(*sides(row), f"{count(len(row.told), 'DNS server')} asked, and none answers as it should"),
        fix=Fix("see in their logs whether the servers reach the API server, and restart them one after another",
                (logs(dns), *restart_of_all(dns, pods))),
    )
