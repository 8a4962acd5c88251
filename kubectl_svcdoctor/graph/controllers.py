"""What the endpoint slice controller would write for a Service and its Pods.

Source of the rules: k8s.io/endpointslice, reconciler.go and utils.go (podToEndpoint, getEndpointPorts, FindPort), and
ShouldPodBeInEndpoints in endpointslice/util.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.endpoints import (
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

    Node names are copied from the Pods; zones and hints, which depend on the nodes, are left out.
    """


@derives
def expected_slices(service: Service, pods: SelectedPods) -> ExpectedSlices:
    """The slices of a Service with a selector; a headless Service without ports still gets its addresses."""
    groups: dict[tuple[str, tuple[EndpointPort, ...]], list[Endpoint]] = defaultdict(list)
    for pod in pods:
        if not counts(service, pod):
            continue
        ports = tuple(resolved_ports(service, pod))
        for address in pod.addresses:
            family = family_of(address)
            if family in families(service):
                groups[(family, ports)].append(endpoint(service, pod, address))
    return ExpectedSlices(tuple(_slice(service, *key, endpoints) for key, endpoints in groups.items()))


def counts(service: Service, pod: Pod) -> bool:
    """Whether the controller makes an endpoint of this Pod (ShouldPodBeInEndpoints): alive, and with an address.

    A Pod that is being deleted stays while it runs; its condition tells proxies not to prefer it.
    """
    return not pod.finished and bool(pod.addresses)


def endpoint(service: Service, pod: Pod, address: str) -> Endpoint:
    """The endpoint with its conditions (podToEndpoint): ready excludes terminating Pods, serving does not."""
    ready = service.spec.publish_not_ready_addresses or (pod.ready and not pod.terminating)
    named = bool(pod.spec.hostname) and pod.spec.subdomain == service.name
    return Endpoint(
        addresses=(address,),
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
    """The address types that the Service has; those of its addresses where ipFamilies was not written."""
    if service.spec.ip_families:
        return service.spec.ip_families
    addresses = service.spec.cluster_ips or (service.spec.cluster_ip,)
    found = tuple(family_of(address) for address in addresses if address and address != "None")
    return found or ("IPv4",)


def family_of(address: str) -> str:
    """IPv4 or IPv6; empty for what is no IP address."""
    try:
        return f"IPv{ipaddress.ip_address(address).version}"
    except ValueError:
        return ""


def _slice(service: Service, family: str, ports: tuple[EndpointPort, ...], endpoints: list[Endpoint]) -> EndpointSlice:
    return EndpointSlice(
        metadata=TracedMeta(
            name=f"{service.name}-expected", namespace=service.namespace,
            labels={SERVICE_NAME: service.name, MANAGED_BY: SLICE_CONTROLLER},
        ),
        address_type=family, endpoints=tuple(endpoints), ports=ports,
    )
