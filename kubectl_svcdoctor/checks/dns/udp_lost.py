"""Some DNS queries of a Pod are lost on their way over UDP.

Why it breaks:
A resolver waits five seconds before it asks again, so lookups that mostly take a millisecond now and then take five seconds. The best known
reason is a race in the kernel: glibc sends the queries for A and AAAA from one socket at the same moment, both are translated to a server's
address, and of two connection-tracking entries that are made at once one is dropped with its packet. A full table of connections
(nf_conntrack: table full), or a network that drops packets, looks the same; whether queries to the servers' own addresses are lost too, which
nobody translates, tells them apart.

How to fix:
Let a cache on each node answer (NodeLocal DNSCache asks on over TCP), or give the Pods the options single-request-reopen or use-vc in
dnsConfig. If queries to the servers' own addresses are lost too, look at the network and at the servers' load instead.

Look yourself:
conntrack -S on the node, the column insert_failed
dmesg on the node, for "nf_conntrack: table full"

Reference:
https://github.com/kubernetes/kubernetes/issues/56903
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Lossy, Ways
from kubectl_svcdoctor.graph.dns.made import load
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.pods.template import in_template, with_option
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@symptom("DNS134", "dns-udp-conntrack-5s")
def udp_lost(lossy: Lossy, ways: Ways, client: VantagePod, dns: ClusterDNS) -> Problem | None:
    sent, answered = ways.udp[0] + lossy.asked, ways.udp[1] + lossy.asked - lossy.unheard
    translated = ways.direct[0] > 0 and ways.direct[1] == ways.direct[0]
    pod = client[0]
    at = "none to the servers' own addresses is lost" if translated else "queries to the servers' own addresses are lost too"
    network = Fix("look at the load of the DNS servers, and at the network between the nodes", (load(dns), kubectl("get", "nodes", "-o", "wide")))
    return Problem(
        object=pod, severity=Severity.WARNING, partial=True,
        summary=f"{sent - answered} of {sent} DNS queries of Pod {pod.name} over UDP got no answer from {lossy.address}; {at}",
        evidence=(*ways.sentences, f"asked from Pod {pod.name} on node {lossy.vantage.node}; each was given three seconds"),
        fix=in_template(pod, "let the Pod's resolver ask over TCP (glibc's can), until a cache on each node (NodeLocal DNSCache) does",
                        with_option(pod, "use-vc")) if translated else network,
    )
