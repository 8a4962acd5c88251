"""Which protocol a port is for, as far as its name, appProtocol and number say; whether two ports can be the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import ContainerPort

_SYNONYMS = {
    "www": "http", "web": "http", "http1": "http", "kubernetes.io/h2c": "http2", "h2c": "http2", "ssl": "https", "tls": "https", "domain": "dns",
    "prometheus": "metrics", "prom": "metrics", "probes": "health", "healthz": "health", "ready": "health", "readiness": "health", "liveness": "health",
    "management": "admin", "mgmt": "admin", "actuator": "admin", "pprof": "debug",
}
_NUMBERS = {80: "http", 8080: "http", 443: "https", 8443: "https", 53: "dns"}
# What such a port serves is for the cluster's own machinery, not for the clients of a Service.
INTERNAL = frozenset({"metrics", "health", "admin", "debug"})
SPOKEN = frozenset({*_SYNONYMS.values(), "http", "http2", "grpc", "amqp", "mysql", "postgres", "redis", "mongo", "kafka", "ldap", "smtp", "ssh"})


def spoken(name: str, number: int, app_protocol: str = "") -> str:
    """`http`, `dns`, `metrics`: the first word of appProtocol or of the name that means a protocol, else what the number is used for; empty for nothing."""
    words = (app_protocol.lower(), *name.lower().split("-"))
    known = next((meant for word in words if (meant := _SYNONYMS.get(word, word)) in SPOKEN), "")
    return known or ("" if name or app_protocol else _NUMBERS.get(number, ""))


def fits(port: ServicePort, candidate: ContainerPort | int) -> bool:
    """Whether a container port can be what clients of this Service port want. A port that says nothing is only taken for plain HTTP."""
    name, number = (candidate.name, candidate.container_port) if isinstance(candidate, ContainerPort) else ("", candidate)
    wanted, offered = spoken(port.name, port.port, port.app_protocol), spoken(name, number)
    if offered in INTERNAL or wanted == offered:
        return wanted == offered
    return not wanted or number == port.port or (wanted == "http" and not offered)


def changing(place: int, port: ServicePort, **values: Any) -> list[Mapping[str, Any]]:
    """JSON Patch operations that set fields of this Service port, and change nothing where another port has taken its place meanwhile."""
    test = {"op": "test", "path": f"/spec/ports/{place}/port", "value": port.port}
    return [test, *({"op": "add", "path": f"/spec/ports/{place}/{field}", "value": value} for field, value in values.items())]


def taken(service: Service, place: int, protocol: str) -> bool:
    """Whether another port of the Service has this number with that protocol already, which the API server admits once."""
    number = service.spec.ports[place].port
    return any(other.port == number and other.protocol == protocol for index, other in enumerate(service.spec.ports) if index != place)
