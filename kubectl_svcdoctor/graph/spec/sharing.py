"""Who else may have an address that nothing reserves."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query


class ExternalIPServices(tuple[Service, ...]):
    """The Services of all namespaces; read only where the Service has external IPs."""


@asks(ExternalIPServices)
def external_ip_services(service: Service) -> Query[Service] | Irrelevant:
    if not service.spec.external_ips or service.headless or service.external:
        return Irrelevant("the Service has no external IPs")
    return Query(Service)
