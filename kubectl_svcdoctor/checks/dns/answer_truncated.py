"""An answer is too large for UDP, and the DNS Service has no port for TCP.

Why it breaks:
A client asks over UDP first. An answer that does not fit comes truncated, and the client asks again over TCP. Where the DNS Service has no
TCP port, or a policy admits UDP only, that second question fails, and a headless Service with many Pods seems to have none, or some only.

How to fix:
Give the DNS Service port 53 for TCP too, and admit it in NetworkPolicies.

Look yourself:
kubectl -n kube-system get service kube-dns -o jsonpath='{.spec.ports}'

Reference:
https://datatracker.ietf.org/doc/html/rfc7766#section-5
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT, ClusterDNS, DNSSlices, ports_over
from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching

UDP_OCTETS = 512  # RFC 1035, section 4.2.1: what every client takes; more needs EDNS at both ends


@symptom("DNS126", "dns-answer-truncated")
def answer_truncated(names: Names, dns: ClusterDNS, slices: DNSSlices) -> Problem | None:
    ports = dns.service.spec.ports
    large = [(row, max(reply.size for reply in row.told.values())) for row in names.rows if row.told]
    row, octets = max(large, key=lambda entry: entry[1], default=(None, 0))
    if row is None or octets <= UDP_OCTETS or any((port.port, port.protocol) == (DNS_PORT, "TCP") for port in ports):
        return None
    return Problem(
        object=dns.service, severity=Severity.WARNING, partial=True, field=("spec", "ports"),
        summary=f"the answer for {row.record.name} has {octets} octets, too many for UDP, and the DNS Service has no TCP port",
        evidence=(f"{len(row.record.values)} records; UDP carries {UDP_OCTETS} octets unless client and server agree on more",),
        fix=_with_tcp(dns, slices),
    )


def _with_tcp(dns: ClusterDNS, slices: DNSSlices) -> Fix:
    """The port of the Pods is the one that the slices name for UDP: a targetPort's name is that of one protocol only."""
    ports = dns.service.spec.ports
    number = next(iter(ports_over(dns.service, slices, "UDP")), DNS_PORT)
    name = "dns-tcp" if all(port.name != "dns-tcp" for port in ports) else "dns-over-tcp"
    unnamed = [{"op": "add", "path": f"/spec/ports/{place}/name", "value": "dns"} for place, port in enumerate(ports) if not port.name]
    added = {"name": name, "port": DNS_PORT, "protocol": "TCP", "targetPort": number}
    return patching("give the DNS Service a TCP port", dns.service, [*unnamed, {"op": "add", "path": "/spec/ports/-", "value": added}])
