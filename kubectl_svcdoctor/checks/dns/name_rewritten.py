"""The Corefile answers for the name before the cluster's data does.

Why it breaks:
Plugins such as rewrite, template, hosts and file stand before the kubernetes plugin. An entry that catches the name of a Service gives
clients an address of its own, and the Service is never asked.

How to fix:
Take the entry out of the Corefile or make it narrower, and restart the servers.

Look yourself:
kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'

Reference:
https://coredns.io/manual/plugins/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.differences import CACHED, Differing, GuiltyCorefile
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import sides, told, wanted
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@symptom("DNS125", "dns-name-rewritten")
def name_rewritten(wrong: Differing, dns: ClusterDNS, corefile: GuiltyCorefile) -> Problem | None:
    rows = [row for row in wrong if not row.right]
    if not rows or not corefile.rewriting or wrong.fresh < CACHED:
        return None
    row = rows[0]
    return Problem(
        object=corefile[0], severity=Severity.ERROR, field=("data",),
        summary=f"DNS answers {told(row.told[row.wrong[0]])} for {row.record.name} instead of {wanted(row.record)}: "
                "the Corefile answers before the cluster does",
        evidence=(*sides(row), *(f"the Corefile has: {line}" for line in corefile.rewriting)),
        fix=Fix("take the entry that catches this name out of the Corefile, and restart the servers", (
            f"kubectl -n {dns.namespace} edit configmap {corefile[0].name}", f"kubectl -n {dns.namespace} rollout restart deployment coredns")),
    )
