"""Reads that tell why DNS servers are away or answer wrongly; made only then."""

from __future__ import annotations

from kubectl_svcdoctor.graph.dns.servers import OPENSHIFT, SYSTEM, ClusterDNS, DNSSlices, SystemServices
from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Deployment, Pod


class SystemPods(tuple[Pod, ...]):
    """The Pods in the namespace of the cluster's DNS; read only when its Service lacks ready endpoints."""


class SystemDeployments(tuple[Deployment, ...]):
    """The Deployments in the namespace of the cluster's DNS; read only when its Service is missing or lacks ready endpoints."""


def troubled(slices: DNSSlices) -> bool:
    """Whether the DNS Service has no endpoint, or one that is not ready."""
    endpoints = [endpoint for part in slices for endpoint in part.endpoints or ()]
    return not endpoints or not all(endpoint.ready for endpoint in endpoints)


@asks(SystemPods)
def system_pods(dns: ClusterDNS, slices: DNSSlices) -> Query[Pod] | Irrelevant:
    if not troubled(slices):
        return Irrelevant("all DNS servers are ready")
    return Query(Pod, dns.namespace)


@asks(SystemDeployments)
def system_deployments(found: SystemServices, dns: ClusterDNS | None = None, slices: DNSSlices | None = None) -> Query[Deployment] | Irrelevant:
    if slices is not None and not troubled(slices):
        return Irrelevant("all DNS servers are ready")
    return Query(Deployment, dns.namespace if dns else SYSTEM)


def corefile_name(dns: Service) -> str:
    """The ConfigMap with the Corefile, as distributions name it (upstream, OpenShift, RKE2)."""
    return dns.name if dns.namespace == OPENSHIFT or "coredns" in dns.name else "coredns"
