"""What the API server makes of a change before it stores it: what it refuses, and what it puts back.

Sources: pkg/registry/core/service (strategy.go, storage/storage.go: patchAllocatedValues, storage/alloc.go) and pkg/apis/{core,apps,discovery}/validation of
Kubernetes 1.37.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.service import Service, ServiceSpec
from kubectl_svcdoctor.model.workload import Container, Pod, PodSpec, Workload

K = TypeVar("K", bound=KubernetesObject)
ENDPOINTS_AT_MOST = 1000
# What ValidateWorkloadUpdate forbids to change, beside the selector; a StatefulSet's serviceName and policy are fixed besides.
_FIXED = {"StatefulSet": ("service_name", "pod_management_policy"), "Deployment": (), "DaemonSet": (), "ReplicaSet": ()}


class Refused(ValueError):
    """The API server would not store this; the words say why."""


def stored(before: K, after: K) -> K:
    """The object as an update from `before` to `after` leaves it. Raises Refused."""
    result: KubernetesObject = after
    if isinstance(before, Service) and isinstance(after, Service):
        result = _updated(before, after)
        _unchanging(before, result)
    elif isinstance(before, Workload) and isinstance(after, Workload):
        _same_identity(before, after)
    elif isinstance(before, Pod) and isinstance(after, Pod) and _fixed(before.spec) != _fixed(after.spec):
        raise Refused("a Pod's spec cannot be changed in place, but for images")
    elif isinstance(before, EndpointSlice) and isinstance(after, EndpointSlice) and before.address_type != after.address_type:
        raise Refused("addressType cannot be changed")
    return created(result)  # type: ignore[return-value]


def created(item: K) -> K:
    """The object as it is stored when it is created. Raises Refused for what is invalid whatever it was before."""
    if isinstance(item, Service):
        _valid_service(item.spec)
    elif isinstance(item, EndpointSlice):
        _unique(((port.name,) for port in item.ports or ()), "two ports of an EndpointSlice have the name {}")
        if len(item.endpoints or ()) > ENDPOINTS_AT_MOST:
            raise Refused(f"an EndpointSlice holds at most {ENDPOINTS_AT_MOST} endpoints")
    elif isinstance(item, Pod):
        _valid_containers(item.spec)
    elif isinstance(item, Workload):
        _valid_containers(item.spec.template.spec)
        if not item.spec.selector.match_labels.items() <= item.template_labels.items():
            raise Refused("the selector does not match the labels of the template")
    return item


def _updated(before: Service, after: Service) -> Service:
    """The Service with what was allocated for it before and is left out now, and without what its new type does not have."""
    old, new = before.spec, after.spec
    if _addressed(old) and _addressed(new):
        new = replace(new, cluster_ip=new.cluster_ip or old.cluster_ip, cluster_ips=new.cluster_ips or old.cluster_ips)
        if new.ip_family_policy == "SingleStack" and new.cluster_ips == old.cluster_ips and new.ip_families == old.ip_families:
            new = replace(new, cluster_ips=new.cluster_ips[:1], ip_families=new.ip_families[:1])
    elif _addressed(old) and new.cluster_ips == old.cluster_ips:
        new = replace(new, cluster_ip="", cluster_ips=(), ip_families=(), ip_family_policy="")
    if _on_nodes(old) and _on_nodes(new):
        new = _with_node_ports(old, new)
    elif _on_nodes(old) and {port.node_port for port in old.ports} == {port.node_port for port in new.ports}:
        new = replace(new, ports=tuple(replace(port, node_port=0) for port in new.ports))
    if _health_checked(old) and _health_checked(new):
        new = replace(new, health_check_node_port=new.health_check_node_port or old.health_check_node_port)
    return replace(after, spec=new)


def _with_node_ports(old: ServiceSpec, new: ServiceSpec) -> ServiceSpec:
    """A port keeps its nodePort by its name, unless another one has it now. One that never had any gets a number that nobody knows before."""
    kept = {port.node_port for port in old.ports} & {port.node_port for port in new.ports}
    had: Mapping[str, int] = {port.name: port.node_port for port in old.ports if port.node_port not in kept}
    return replace(new, ports=tuple(replace(port, node_port=port.node_port or had.get(port.name, 0)) for port in new.ports))


def _addressed(spec: ServiceSpec) -> bool:
    return spec.type != "ExternalName"


def _on_nodes(spec: ServiceSpec) -> bool:
    return spec.type == "NodePort" or (spec.type == "LoadBalancer" and spec.allocate_load_balancer_node_ports is not False)


def _health_checked(spec: ServiceSpec) -> bool:
    return spec.type == "LoadBalancer" and spec.external_traffic_policy == "Local"


def _unchanging(before: Service, after: Service) -> None:
    """Addresses and families stay, but for the second of each (validateUpgradeDowngradeClusterIPs)."""
    old, new = before.spec, after.spec
    if not _addressed(old) or not _addressed(new) or (before.headless and after.headless):
        return
    shared = zip(old.cluster_ips, new.cluster_ips, strict=False)
    if any(one != other for one, other in shared) or (old.cluster_ip and old.cluster_ip != new.cluster_ip):
        raise Refused("a Service's clusterIP cannot be changed")
    if any(one != other for one, other in zip(old.ip_families, new.ip_families, strict=False)):
        raise Refused("the families of a Service cannot be exchanged")


def _valid_service(spec: ServiceSpec) -> None:
    ports = spec.ports
    _unique(((port.port, port.protocol) for port in ports), "two ports are {}/{}")
    _unique(((port.name,) for port in ports), "two ports have the name {}")
    _unique(((port.node_port, port.protocol) for port in ports if port.node_port), "two ports have the nodePort {}/{}")
    if len(ports) > 1 and not all(port.name for port in ports):
        raise Refused("each of several ports needs a name")
    if spec.cluster_ip == "None" and spec.type not in ("ClusterIP", "ExternalName"):
        raise Refused(f"a Service of type {spec.type} cannot be headless")
    if any(port.node_port for port in ports) and spec.type not in ("NodePort", "LoadBalancer"):
        raise Refused(f"a Service of type {spec.type} has no nodePort")
    if _addressed(spec) and spec.cluster_ip != "None" and not ports:
        raise Refused("a Service with an address needs a port")


def _same_identity(before: Workload, after: Workload) -> None:
    if before.spec.selector != after.spec.selector:
        raise Refused("spec.selector cannot be changed")
    for field in _FIXED.get(before.resource.kind, ()):
        if getattr(before.spec, field) != getattr(after.spec, field):
            raise Refused(f"{field} of a {before.resource.kind} cannot be changed")


def _valid_containers(spec: PodSpec) -> None:
    for container in (*spec.init_containers, *spec.containers):
        _unique(((port.name,) for port in container.ports if port.name), "two ports of a container have the name {}")
    _unique(((entry.name,) for entry in (*spec.init_containers, *spec.containers)), "two containers have the name {}")


def _fixed(spec: PodSpec) -> PodSpec:
    """The Pod's spec without what may change in place."""

    def bare(entries: tuple[Container, ...]) -> tuple[Container, ...]:
        return tuple(replace(entry, image="", resources=type(entry.resources)()) for entry in entries)

    return replace(spec, containers=bare(spec.containers), init_containers=bare(spec.init_containers), scheduling_gates=())


def _unique(keys: Iterable[tuple[Hashable, ...]], said: str) -> None:
    seen = set()
    for key in keys:
        if key in seen:
            raise Refused(said.format(*key))
        seen.add(key)
