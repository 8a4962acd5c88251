"""The process demands TLS on a port that clients use with plain HTTP.

Why it breaks:
The Service port is called http, or has the number or appProtocol of plain HTTP, so clients, Ingress controllers and Gateways speak plain
HTTP to it. The process behind it expects a TLS handshake and answers with 400 or closes the connection.

How to fix:
Let clients use https, and say so in the Service: a port name that starts with https, or appProtocol: https, which Gateways and
Ingress controllers read. Or let the process serve plain HTTP on this port.

Look yourself:
kubectl port-forward POD 18080:PORT
curl -vk https://127.0.0.1:18080/

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.ports.closed import behind
from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.spec.port_use import changing
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service, ServicePort

PLAIN_PORTS = (80, 8080)


@symptom("SVC307", "port-tls-vs-plain")
def tls_where_plain_is_expected(service: Service, listeners: Listeners) -> Iterator[Problem]:
    for place, port in enumerate(service.spec.ports):
        here = behind(port, listeners) if plain(port) else []
        strict = [entry for entry in here if entry.tls]
        if strict:
            pod, number = strict[0].pod, strict[0].port
            yield Problem(
                object=service, port=port.label, severity=Severity.ERROR, partial=len(strict) < len(here),
                field=("spec", "ports"),
                summary=f"port {port.label} is declared as plain HTTP, but port {number} of Pod {pod.name} demands TLS",
                evidence=("a plain HTTP request to the Pod, sent by the API server, was answered as only a TLS server does",),
                fix=patching("set appProtocol to https, and let clients use https", service, changing(place, port, appProtocol="https")),
            )


def plain(port: ServicePort) -> bool:
    """Whether this port is one of plain HTTP: by appProtocol, else by name, else by number."""
    if port.app_protocol:
        return port.app_protocol == "http"
    if port.name:
        return port.name == "http" or port.name.startswith("http-")
    return port.port in PLAIN_PORTS
