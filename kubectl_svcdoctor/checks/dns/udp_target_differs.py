"""The DNS Service targets another port of its Pods over UDP than over TCP.

Why it breaks:
A DNS server takes queries over UDP and over TCP on the same port number. Where the two ports of the DNS Service target different numbers, one of them
leads to a port on which no server takes queries. Pods ask over UDP first, and the servers seem well as long as they are asked over TCP.

How to fix:
Let both ports target the number on which the servers take queries.

Look yourself:
kubectl -n kube-system get service kube-dns -o jsonpath='{.spec.ports}'
kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns -o yaml

Reference:
https://datatracker.ietf.org/doc/html/rfc7766#section-5
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Lossy, Unreached, Ways, Well
from kubectl_svcdoctor.graph.dns.made import retarget
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS, DNSSlices, NameServers, ports_over
from kubectl_svcdoctor.model.finding import Problem, Severity


@symptom("DNS127", "dns-udp-target-differs")
def udp_target_differs(
    dns: ClusterDNS, slices: DNSSlices, servers: NameServers, well: Well | None = None, lossy: Lossy | None = None, away: Unreached | None = None,
    ways: Ways | None = None,
) -> Problem | None:
    """Without a query from a Pod it is not known which of the two is wrong; where one was answered over UDP, nothing is."""
    udp, tcp = ports_over(dns.service, slices, "UDP"), ports_over(dns.service, slices, "TCP")
    if not udp or not tcp or set(udp) == set(tcp) or well or lossy or (away and ways):
        return None
    return Problem(
        object=dns.service, severity=Severity.WARNING, partial=True, field=("spec", "ports"),
        summary=f"the DNS Service {dns.namespace}/{dns.service.name} targets port {udp[0]} over UDP and port {tcp[0]} over TCP",
        evidence=("a DNS server takes queries over both on one port (RFC 7766)", f"whether the servers answer over UDP on port {udp[0]} was not checked"),
        fix=retarget(dns, tcp[0]),
    )
