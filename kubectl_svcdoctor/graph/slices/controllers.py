"""What the endpoint slice controller would write for a Service and its Pods.

Source of the rules: k8s.io/endpointslice, reconciler.go (reconcileByAddressType) and utils.go (podToEndpoint, getEndpointPorts,
getEndpointAddresses, getAddressTypesForService, FindPort), and ShouldPodBeInEndpoints in endpointslice/util.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.endpoints import (
    HEADLESS,
    MANAGED_BY,
    SERVICE_NAME,
    SLICE_CONTROLLER,
    Endpoint,
    EndpointConditions,
    EndpointPort,
    EndpointSlice,
    ObjectReference,
)
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.meta import TracedMeta
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.workload import Container, ContainerPort, Pod


class ExpectedSlices(tuple[EndpointSlice, ...]):
    """One slice for each set of ports and address family, without the controller's limit of endpoints a slice.

    A family without any endpoint has the controller's placeholder: a slice without endpoints and ports. Node names are copied
    from the Pods; zones and hints, which depend on the nodes, are left out.
    """


@derives
def expected_slices(service: Service, pods: SelectedPods) -> ExpectedSlices:
    """The slices of a Service with a selector, as long as every Pod's node exists."""
    return slices_of(service, pods)


def slices_of(service: Service, pods: Iterable[Pod], gone: frozenset[str] = frozenset()) -> ExpectedSlices:
    """The same, knowing the names of nodes that do not exist: the controller leaves their Pods out, unless unready ones are wanted too."""
    groups: dict[tuple[str, tuple[EndpointPort, ...]], list[Endpoint]] = defaultdict(list)
    wanted = families(service)
    for pod in pods:
        if not counts(service, pod) or (pod.spec.node_name in gone and not service.spec.publish_not_ready_addresses):
            continue
        ports = tuple(resolved_ports(service, pod))
        for family in wanted:
            addresses = tuple(canonical(entry) for entry in pod.addresses if family_of(entry) == family)
            if addresses:
                groups[(family, ports)].append(endpoint(service, pod, addresses))
    for family in wanted:
        if not any(key[0] == family for key in groups):
            groups[(family, ())] = []
    return ExpectedSlices(tuple(_slice(service, *key, endpoints) for key, endpoints in groups.items()))


def counts(service: Service, pod: Pod) -> bool:
    """Whether the controller makes an endpoint of this Pod (ShouldPodBeInEndpoints): alive, and with an address.

    A Pod that is being deleted stays while it runs; its condition tells proxies not to prefer it.
    """
    return not pod.finished and bool(pod.addresses)


def endpoint(service: Service, pod: Pod, addresses: tuple[str, ...]) -> Endpoint:
    """The endpoint with its conditions (podToEndpoint): ready excludes terminating Pods, serving does not."""
    ready = service.spec.publish_not_ready_addresses or (pod.ready and not pod.terminating)
    named = bool(pod.spec.hostname) and pod.spec.subdomain == service.name
    return Endpoint(
        addresses=addresses,
        conditions=EndpointConditions(ready=ready, serving=pod.ready, terminating=pod.terminating),
        hostname=pod.spec.hostname if named else "",
        node_name=pod.spec.node_name,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
    )


def resolved_ports(service: Service, pod: Pod) -> Iterator[EndpointPort]:
    """The endpoint ports that a Pod gives; a named targetPort that the Pod does not declare yields none, silently."""
    for port in service.spec.ports:
        number = target_number(port, pod)
        if number is not None:
            yield EndpointPort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)


def target_number(port: ServicePort, pod: Pod) -> int | None:
    """The Pod's port number for a Service port: a number as it is; a name by the container port of that name and protocol."""
    if isinstance(port.target, int):
        return port.target
    declared = declared_port(pod.spec.serving_containers, port.target, port.protocol)
    return declared.container_port if declared else None


def declared_port(containers: Iterable[Container], name: str, protocol: str | None) -> ContainerPort | None:
    """The first container port of that name, and of that protocol unless it is None (FindPort)."""
    for container in containers:
        for declared in container.ports:
            if declared.name == name and protocol in (None, declared.protocol):
                return declared
    return None


def families(service: Service) -> tuple[str, ...]:
    """The address types that the Service has (getAddressTypesForService).

    Where an old API server wrote no ipFamilies: the family of its ClusterIP, and both families for a headless Service.
    """
    known = tuple(family for family in service.spec.ip_families if family in ("IPv4", "IPv6"))
    if known:
        return known
    address = service.spec.cluster_ip
    return ("IPv4", "IPv6") if service.headless or not address else (family_of(address) or "IPv4",)


def family_of(address: str) -> str:
    """IPv4 or IPv6; empty for what is no IP address. An IPv4 address in IPv6 clothes counts as IPv4, as in Go."""
    parsed = _parsed(address)
    return f"IPv{parsed.version}" if parsed else ""


def canonical(address: str) -> str:
    """The address as Go writes it (ParseIPSloppy, String); what is no IP address stays as it is."""
    parsed = _parsed(address)
    return str(parsed) if parsed else address


@lru_cache(maxsize=65_536)
def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if "%" in address:
        return None
    plain = ".".join(part.lstrip("0") or "0" for part in address.split(".")) if address.replace(".", "").isdecimal() else address
    try:
        parsed = ipaddress.ip_address(plain)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _slice(service: Service, family: str, ports: tuple[EndpointPort, ...], endpoints: list[Endpoint]) -> EndpointSlice:
    copied = {key: value for key, value in service.labels.items() if key not in (SERVICE_NAME, MANAGED_BY, HEADLESS)}
    headless = {HEADLESS: ""} if service.spec.cluster_ip in ("", "None") else {}
    return EndpointSlice(
        metadata=TracedMeta(
            name=f"{service.name}-expected", namespace=service.namespace,
            labels={**copied, **headless, SERVICE_NAME: service.name, MANAGED_BY: SLICE_CONTROLLER},
        ),
        address_type=family, endpoints=tuple(endpoints), ports=ports,
    )
