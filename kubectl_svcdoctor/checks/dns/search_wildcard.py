"""A search domain answers for every name, also for names of the cluster.

Why it breaks:
A name with fewer dots than ndots (five, as the kubelet writes it) is tried with each search domain before it is asked as it stands. The
kubelet appends the node's own search domains to the cluster's. When one of those has a wildcard record, it answers for
web.shop.svc.cluster.local.example.com, and the client never gets to web.shop.svc.cluster.local itself.

How to fix:
Take the domain out of the resolv.conf that the kubelet reads on the nodes (resolvConf in its configuration), or the wildcard out of the
domain. In the client: a dot at the end of the name, or a smaller ndots.

Look yourself:
kubectl exec POD -- cat /etc/resolv.conf
kubectl exec POD -- nslookup nobody-has-this-name.DOMAIN

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#known-issues
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.answers import ClusterDomain
from kubectl_svcdoctor.graph.dns.search import Searches
from kubectl_svcdoctor.graph.pods.template import in_template, with_option
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Problem, Severity


@symptom("DNS136", "dns-search-wildcard")
def search_wildcard(ways: Searches, client: VantagePod, domain: ClusterDomain) -> Problem | None:
    pod = client[0]
    for way in ways:
        if not way.found or way.right or way.found == way.text or way.found.endswith(f".svc.{domain.name}"):
            continue
        suffix = way.found.removeprefix(f"{way.text}.")
        return Problem(
            object=pod, severity=Severity.ERROR if way.typed else Severity.WARNING, partial=True,
            summary=f"in Pod {pod.name} the name {way.text} means {way.found} ({', '.join(way.addresses[:2])}): search domain {suffix} answers for it",
            evidence=(f"its resolver tries {', '.join(way.tried[:way.tried.index(way.found) + 1])}, in this order",
                      f"{suffix} is in the search path of the Pod's resolv.conf"),
            fix=in_template(pod, f"take {suffix} out of the nodes' search path, or let the Pod ask names with dots as they stand; with a dot at the end "
                                 f"({way.text}.) a name is never searched", with_option(pod, "ndots", "2")),
        )
    return None
