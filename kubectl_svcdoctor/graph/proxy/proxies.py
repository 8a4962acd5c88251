"""Which DaemonSets of the cluster may be the service proxy that a Service asks for by label."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import DaemonSet

PROXY_NAME = "service.kubernetes.io/service-proxy-name"


class ProxyDaemonSets(tuple[DaemonSet, ...]):
    """All DaemonSets of the cluster, as which service proxies run; read only where a Service asks for another one than kube-proxy."""

    def of(self, name: str) -> DaemonSet | None:
        """The one with the proxy's name in its own name, labels or images; None where there is none."""
        wanted = name.lower()
        return next((entry for entry in self if wanted and wanted in " ".join((
            entry.name, *entry.labels.values(), *(container.image for container in entry.spec.template.spec.containers))).lower()), None)


@asks(ProxyDaemonSets)
def proxy_daemon_sets(service: Service) -> Query[DaemonSet] | Irrelevant:
    if PROXY_NAME not in service.labels or service.headless or service.external:
        return Irrelevant("kube-proxy serves the Service, or none has to")
    return Query(DaemonSet)
