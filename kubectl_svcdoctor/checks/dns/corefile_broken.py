"""The Corefile cannot be read, or does not serve the cluster's zone.

Why it breaks:
CoreDNS answers for the cluster's names with its kubernetes plugin. A Corefile with a syntax error makes new servers end at once; one
without the plugin, or with another zone than the kubelets give to Pods, makes every name of the cluster NXDOMAIN or REFUSED.

How to fix:
Correct the Corefile, so that a server block holds `kubernetes DOMAIN in-addr.arpa ip6.arpa`, and restart the servers (the reload plugin
takes up to two minutes by itself).

Look yourself:
kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'
kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/#coredns
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.answers import ClusterDomain
from kubectl_svcdoctor.graph.dns.corefile import served_zones, serving
from kubectl_svcdoctor.graph.dns.differences import GuiltyCorefile, Unserved
from kubectl_svcdoctor.graph.dns.made import ServerPods, restart_of_all
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.dns.state import Unreadable, corefile_of
from kubectl_svcdoctor.graph.pods.template import restarts
from kubectl_svcdoctor.model.cluster import ConfigMap
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Patch, Problem, Severity, patch_command
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("DNS104", "dns-corefile-broken")
def corefile_broken(
    unreadable: Unreadable | None = None, lost: Unserved | None = None, corefile: GuiltyCorefile | None = None,
    domain: ClusterDomain | None = None, dns: ClusterDNS | None = None, pods: ServerPods | None = None,
) -> Problem | None:
    if unreadable is not None:
        return _unreadable(unreadable)
    if lost is None or corefile is None or domain is None or dns is None or not corefile:
        return None
    zones = served_zones(corefile.text)
    if domain.name in zones:
        return None
    serves = f"serves {', '.join(zones)} from the API" if zones else "has no kubernetes plugin"
    return Problem(
        object=corefile[0], severity=Severity.ERROR, partial=lost.others > 0, field=("data",),
        summary=f"names do not resolve: the Corefile {serves}{', and not ' if zones else ', so that nothing serves '}{domain.name}",
        evidence=(f"DNS server {lost.servers[0].pod} answers {lost.status} even to the DNS Service's own name "
                  f"{dns.service.name}.{dns.namespace}.svc.{domain.name}",
                  f"the domain {domain.name} is {domain.source}"),
        fix=_serve(corefile[0], corefile.text, domain.name, dns, pods),
    )


def _unreadable(servers: Unreadable) -> Problem:
    namespace, name = servers.service.namespace, corefile_of(servers)
    word = "some DNS servers do not start" if servers.ready else "names do not resolve: no DNS server starts"
    config = ObjectRef("v1", "ConfigMap", namespace, name)
    return Problem(
        object=config, severity=Severity.ERROR, partial=servers.ready > 0, field=("data",),
        summary=f"{word} because the Corefile in ConfigMap {namespace}/{name} cannot be read",
        evidence=(f"Pod {servers.unready[0].name} ended with: {servers.words}",),
        fix=Fix("correct the line that it names; servers that crash read the Corefile again at their next start", (
            kubectl("get", config, "-o", "jsonpath={.data.Corefile}", namespace=namespace),
            *restarts([pod for pod in servers.unready if pod.status.container_statuses and pod.status.container_statuses[0].state.running]))),
    )


def _serve(config: ConfigMap, text: str, domain: str, dns: ClusterDNS, pods: ServerPods | None) -> Fix:
    """Adds the domain and takes nothing away; in words where no server block is there that serves all names."""
    added = serving(text, domain)
    if added is None:
        return Fix(f"let a server block of the Corefile serve {domain} with the kubernetes plugin, then restart the servers", (
            kubectl("get", config, "-o", "jsonpath={.data.Corefile}", namespace=config.namespace), *restart_of_all(dns, pods)))
    patch = Patch(config.ref, "json", [{"op": "test", "path": "/data/Corefile", "value": text}, {"op": "replace", "path": "/data/Corefile", "value": added}])
    return Fix(f"serve {domain} with the kubernetes plugin, then restart the servers one after another",
               (patch_command(patch), *restart_of_all(dns, pods)), patch)
