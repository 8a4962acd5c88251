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
from kubectl_svcdoctor.graph.dns.differences import CACHED, GuiltyCorefile, WrongAnswers
from kubectl_svcdoctor.graph.dns.made import ServerPods, restart_of_all
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.words import reply_text, sides, wanted
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@symptom("DNS125", "dns-name-rewritten")
def name_rewritten(wrong: WrongAnswers, dns: ClusterDNS, corefile: GuiltyCorefile, pods: ServerPods | None = None) -> Problem | None:
    rows = [row for row in wrong if not row.right]
    if not rows or not corefile.rewriting or wrong.fresh < CACHED:
        return None
    row = rows[0]
    return Problem(
        object=corefile[0], severity=Severity.ERROR, field=("data",),
        summary=f"DNS answers {reply_text(row.told[row.wrong[0]])} for {row.record.name} instead of {wanted(row.record)}: "
                "the Corefile has entries that answer before the cluster's data does",
        evidence=(*sides(row), *(f"the Corefile has: {line}" for line in corefile.rewriting)),
        fix=Fix("remove the entry that matches this name from the Corefile, then restart the servers one after another", (
            kubectl("get", corefile[0], "-o", "jsonpath={.data.Corefile}", namespace=dns.namespace), *restart_of_all(dns, pods))),
    )
