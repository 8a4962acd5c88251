"""Service (core/v1) with the defaults that the API server would fill in."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from kubectl_svcdoctor.model.meta import Condition, KubernetesObject, Resource, TracedMeta, Value


class ServicePort(Value, frozen=True):
    port: int = 0
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str = 0
    node_port: int = 0
    app_protocol: str = ""

    @property
    def label(self) -> str:
        """`80/TCP`: how reports and findings name this port."""
        return f"{self.port}/{self.protocol}"

    @property
    def target(self) -> int | str:
        """The targetPort; the port itself where none is given (Service v1, field targetPort)."""
        return self.target_port or self.port


class ClientIPConfig(Value, frozen=True):
    timeout_seconds: int | None = None


class SessionAffinityConfig(Value, frozen=True):
    client_ip: ClientIPConfig | None = msgspec.field(default=None, name="clientIP")


class ServiceSpec(Value, frozen=True):
    type: str = "ClusterIP"
    selector: dict[str, str] | None = None
    ports: tuple[ServicePort, ...] = ()
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    cluster_ips: tuple[str, ...] = msgspec.field(default=(), name="clusterIPs")
    ip_families: tuple[str, ...] = ()
    ip_family_policy: str = ""
    external_name: str = ""
    external_ips: tuple[str, ...] = msgspec.field(default=(), name="externalIPs")
    load_balancer_ip: str = msgspec.field(default="", name="loadBalancerIP")
    load_balancer_class: str = ""
    load_balancer_source_ranges: tuple[str, ...] = ()
    allocate_load_balancer_node_ports: bool | None = None
    external_traffic_policy: str = ""
    internal_traffic_policy: str = ""
    health_check_node_port: int = 0
    traffic_distribution: str = ""
    session_affinity: str = "None"
    session_affinity_config: SessionAffinityConfig | None = None
    publish_not_ready_addresses: bool = False


class LoadBalancerIngress(Value, frozen=True):
    ip: str = ""
    hostname: str = ""
    ip_mode: str = ""


class LoadBalancerStatus(Value, frozen=True):
    ingress: tuple[LoadBalancerIngress, ...] = ()


class ServiceStatus(Value, frozen=True):
    load_balancer: LoadBalancerStatus = msgspec.field(default_factory=LoadBalancerStatus)
    conditions: tuple[Condition, ...] = ()


class Service(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "services", "Service")
    metadata: TracedMeta = msgspec.field(default_factory=TracedMeta)
    spec: ServiceSpec = msgspec.field(default_factory=ServiceSpec)
    status: ServiceStatus = msgspec.field(default_factory=ServiceStatus)

    @property
    def headless(self) -> bool:
        return self.spec.cluster_ip == "None"

    @property
    def external(self) -> bool:
        """An ExternalName Service: a CNAME, without address, endpoints or proxying."""
        return self.spec.type == "ExternalName"

    @property
    def addresses(self) -> tuple[str, ...]:
        """All IP addresses at which clients may call it, as written: cluster IPs, external IPs, and those of its load balancer."""
        spec = self.spec
        balanced = (entry.ip for entry in self.status.load_balancer.ingress)
        given = (*(spec.cluster_ips or (spec.cluster_ip,)), *spec.external_ips, *balanced)
        return tuple(dict.fromkeys(address for address in given if address not in ("", "None")))

    @property
    def selector(self) -> dict[str, str]:
        """The selector that the endpoint controllers obey: none for ExternalName; an empty one selects nothing."""
        return {} if self.external else self.spec.selector or {}
