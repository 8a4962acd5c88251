"""The records that the DNS specification demands for a Service (Kubernetes DNS-Based Service Discovery, version 1.1).

Section 2.3 for Services with a ClusterIP, 2.4 for headless ones, 2.5 for ExternalName. DNS servers read EndpointSlices, not Pods, so the
records follow from what the controllers wrote.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from kubectl_svcdoctor.graph.slices.controllers import canonical, family_of
from kubectl_svcdoctor.model.dns import ANY, LONGEST_NAME, RecordSet
from kubectl_svcdoctor.model.endpoints import Endpoint, EndpointSlice
from kubectl_svcdoctor.model.service import Service

TYPES = {"IPv4": "A", "IPv6": "AAAA"}


def records(service: Service, slices: Iterable[EndpointSlice], domain: str) -> tuple[RecordSet, ...]:
    """All record sets of one Service: its own name first, then those of its Pods, its ports and its addresses."""
    own = f"{service.name}.{service.namespace}.svc.{domain}"
    if service.external:
        return (RecordSet(own, "CNAME", (service.spec.external_name.rstrip(".").lower(),)), RecordSet(own, "A", (ANY,)), RecordSet(own, "AAAA", (ANY,)))
    if not service.headless:
        return tuple(_of_cluster_ips(service, own))
    parts = [part for part in slices if part.address_type in TYPES]
    return tuple(_of_endpoints(service, parts, own))


def _of_cluster_ips(service: Service, own: str) -> Iterator[RecordSet]:
    addresses = [canonical(address) for address in service.spec.cluster_ips or (service.spec.cluster_ip,) if address]
    for family, kind in TYPES.items():
        mine = tuple(address for address in addresses if family_of(address) == family)
        if mine:
            yield RecordSet(own, kind, mine)
    for port in service.spec.ports:
        if port.name:
            yield RecordSet(f"_{port.name}._{port.protocol.lower()}.{own}", "SRV", (f"{port.port} {own}",))
    yield from (RecordSet(name, "PTR", (own,)) for address in addresses if (name := reverse(address)))


def _of_endpoints(service: Service, parts: list[EndpointSlice], own: str) -> Iterator[RecordSet]:
    families = dict.fromkeys(part.address_type for part in parts)
    for family in families:
        ready = [endpoint for part in parts if part.address_type == family for endpoint in part.endpoints or () if endpoint.ready]
        addresses = dict.fromkeys(canonical(address) for endpoint in ready for address in endpoint.addresses)
        yield RecordSet(own, TYPES[family], tuple(addresses), note="" if addresses else "no endpoint is ready")
    yield from _of_pods(parts, own)
    yield from _of_ports(parts, own)


def _of_pods(parts: list[EndpointSlice], own: str) -> Iterator[RecordSet]:
    """The name of each Pod that has a hostname, and the way back from its address."""
    found: dict[tuple[str, str], list[Endpoint]] = {}
    for part in parts:
        for endpoint in part.endpoints or ():
            if endpoint.hostname:
                found.setdefault((endpoint.hostname, TYPES[part.address_type]), []).append(endpoint)
    pointers = []
    for (hostname, kind), endpoints in sorted(found.items()):
        ready = [endpoint for endpoint in endpoints if endpoint.ready]
        addresses = dict.fromkeys(canonical(address) for endpoint in ready for address in endpoint.addresses)
        pod = next((endpoint.target_ref.name for endpoint in endpoints if endpoint.target_ref), "")
        name = f"{hostname}.{own}"
        yield RecordSet(name, kind, tuple(addresses), pod, "" if addresses else "not ready")
        pointers += [RecordSet(back, "PTR", (name,), pod) for address in addresses if (back := reverse(address))]
    yield from pointers


def _of_ports(parts: list[EndpointSlice], own: str) -> Iterator[RecordSet]:
    """One SRV record for each ready endpoint behind each named port; how a Pod without a hostname is called there is the server's choice."""
    found: dict[str, dict[str, None]] = {}
    for part in parts:
        for port in part.ports or ():
            if port.name and port.port:
                targets = found.setdefault(f"_{port.name}._{port.protocol.lower()}.{own}", {})
                for endpoint in part.endpoints or ():
                    if endpoint.ready:
                        targets[f"{port.port} {endpoint.hostname}.{own}" if endpoint.hostname else f"{port.port} {ANY}"] = None
    for name, targets in found.items():
        yield RecordSet(name, "SRV", tuple(targets), note="" if targets else "no endpoint is ready")


def reverse(address: str) -> str:
    """The name whose PTR record leads back from an address (RFC 1035, RFC 3596); empty for what is no address."""
    try:
        return ipaddress.ip_address(address).reverse_pointer
    except ValueError:
        return ""


def too_long(name: str) -> str:
    """Why no client can ask for a name: a label of over 63 octets, or over 253 in all (RFC 1035, section 2.3.4); empty when one can."""
    label = next((part for part in name.split(".") if len(part) > 63), "")
    if label:
        return f"its part {label} has {len(label)} characters, and DNS allows 63"
    return f"it has {len(name)} characters, and DNS allows {LONGEST_NAME}" if len(name) > LONGEST_NAME else ""
