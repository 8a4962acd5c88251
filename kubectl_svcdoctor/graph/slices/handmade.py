"""EndpointSlices that a person or an operator wrote, as kube-proxy reads them: joined to the Service by family, port name and protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.graph.addresses import within
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import families
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import HEADLESS, MIRRORING_CONTROLLER, EndpointPort, Endpoints, EndpointSlice
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Patch, patch_command
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query

PLACEHOLDER = "192.192.192.192"
"""The address of the endpoint that Cilium gives to Services which its own proxy serves, so that they have one."""


class HandMade(tuple[EndpointSlice, ...]):
    """The Service's slices with endpoints that no controller of Kubernetes wrote out of Pods; mirrored Endpoints are among them."""


@derives
def hand_made(service: Service, slices: ServiceSlices) -> HandMade | Irrelevant:
    if service.external:
        return Irrelevant("an ExternalName Service has no endpoints")
    return HandMade(part for part in slices if not part.by_controller and _meant(part))


def _meant(part: EndpointSlice) -> bool:
    addresses = [address for endpoint in part.endpoints or () for address in endpoint.addresses]
    return bool(addresses) and part.metadata.deletion_timestamp is None and set(addresses) != {PLACEHOLDER}


def mirrored(part: EndpointSlice) -> bool:
    """Whether the mirroring controller wrote it, so that a change belongs into the Endpoints object."""
    return part.managed_by == MIRRORING_CONTROLLER


def proxied(service: Service, part: EndpointSlice) -> bool:
    """Whether kube-proxy looks at this slice of a Service with a ClusterIP: of its families, without the label of headless Services."""
    return part.address_type in families(service) and HEADLESS not in part.labels


@dataclass(frozen=True, slots=True)
class PortFault:
    """Why no slice joins a Service port.

    `kind`: number (the slice's port is null or 0), protocol, or name. `index` is the place in the slice's ports of the one that
    was meant; -1 where there is none.
    """

    port: ServicePort
    part: EndpointSlice
    kind: Literal["number", "protocol", "name"]
    index: int

    @property
    def number(self) -> int:
        """The port number that was probably meant: the Service's targetPort, or its port where that is a name."""
        return self.port.target if isinstance(self.port.target, int) else self.port.port

    @property
    def given(self) -> EndpointPort | None:
        return (self.part.ports or ())[self.index] if self.index >= 0 else None


class PortFaults(tuple[PortFault, ...]):
    """One for each port of a Service without selector that no slice joins, as long as there are slices that kube-proxy looks at."""


@derives
def port_faults(service: Service, slices: HandMade) -> PortFaults | Irrelevant:
    if service.headless or service.selector:
        return Irrelevant("ports of slices by hand matter for a ClusterIP without selector")
    usable = [part for part in slices if proxied(service, part)]
    if not usable:
        return PortFaults()
    wanted = {(port.name, port.protocol) for port in service.spec.ports}
    joined = {(given.name, given.protocol) for part in usable for given in part.ports or () if given.port}
    return PortFaults(_fault(port, usable, wanted) for port in service.spec.ports if (port.name, port.protocol) not in joined)


def _fault(port: ServicePort, slices: list[EndpointSlice], wanted: set[tuple[str, str]]) -> PortFault:
    """The nearest explanation: same name and protocol without a number, then another protocol, then another name."""
    candidates = [(part, index, given) for part in slices for index, given in enumerate(part.ports or ())]
    for part, index, given in candidates:
        if (given.name, given.protocol) == (port.name, port.protocol):
            return PortFault(port, part, "number", index)
    spare = [entry for entry in candidates if (entry[2].name, entry[2].protocol) not in wanted]
    for part, index, given in spare:
        if given.name == port.name:
            return PortFault(port, part, "protocol", index)
    nearest = sorted(spare, key=lambda entry: (entry[2].protocol != port.protocol, entry[2].port != port.target))
    if nearest:
        return PortFault(port, nearest[0][0], "name", nearest[0][1])
    return PortFault(port, slices[0], "name" if candidates else "number", -1)


def endpoints_of(service: Service) -> ObjectRef:
    """The Endpoints object of the Service's name."""
    return ObjectRef("v1", "Endpoints", service.namespace, service.name)


def in_endpoints(service: Service, endpoints: Sequence[Endpoints], fault: PortFault, values: Mapping[str, str]) -> Fix:
    """The fix in the Endpoints object that the faulty slice mirrors; a change of a mirrored slice would be undone."""
    operations: list[dict[str, object]] = []
    for place, subset in enumerate(endpoints[0].subsets if endpoints else ()):
        for index, port in enumerate(subset.ports):
            if fault.given and (port.name, port.protocol, port.port) == (fault.given.name, fault.given.protocol, fault.given.port):
                path = f"/subsets/{place}/ports/{index}"
                operations.append({"op": "test", "path": f"{path}/port", "value": port.port})
                operations += [{"op": "add", "path": f"{path}/{key}", "value": value} for key, value in values.items() if getattr(port, key) != value]
    wanted = " and ".join(f"{key} {value or '(none)'}" for key, value in values.items())
    if not operations:
        look = kubectl("get", endpoints_of(service), "-o", "yaml", namespace=service.namespace)
        return Fix(f"give the port of the Endpoints the {wanted}", (look,))
    return Fix(f"give the port of the Endpoints the {wanted}", (patch_command(Patch(endpoints_of(service), "json", operations)),))


def in_slice(fault: PortFault, **values: object) -> list[dict[str, object]]:
    """JSON Patch operations that set fields of the faulty port of a slice, and change nothing where it has another number meanwhile."""
    given = fault.given
    test: list[dict[str, object]] = [{"op": "test", "path": f"/ports/{fault.index}/port", "value": given.port}] if given and given.port else []
    return [*test, *({"op": "add", "path": f"/ports/{fault.index}/{field}", "value": value} for field, value in values.items())]


def without(part: EndpointSlice, addresses: Collection[str]) -> list[dict[str, object]]:
    """JSON Patch operations that remove the endpoints with these addresses, last one first, and nothing where the list has changed meanwhile."""
    places = [(place, endpoint.address) for place, endpoint in enumerate(part.endpoints or ()) if endpoint.address in addresses]
    operations: list[dict[str, object]] = []
    for place, address in reversed(places):
        operations += [{"op": "test", "path": f"/endpoints/{place}/addresses/0", "value": address}, {"op": "remove", "path": f"/endpoints/{place}"}]
    return operations


class ClusterServices(tuple[Service, ...]):
    """All Services of the cluster; read only when an endpoint by hand lies where ClusterIPs may lie."""


@asks(ClusterServices)
def cluster_services(service: Service, slices: HandMade) -> Query[Service] | Irrelevant:
    near = [_near(text) for text in service.spec.cluster_ips]
    if not any(within(endpoint.address, network) for part in slices for endpoint in part.endpoints or () for network in near):
        return Irrelevant("no endpoint by hand lies near the Service's own ClusterIP")
    return Query(Service)


def _near(text: str) -> str:
    """The widest usual service CIDR around a ClusterIP (/12 of kubeadm, /108 for IPv6)."""
    return f"{text}/{108 if ':' in text else 12}"
