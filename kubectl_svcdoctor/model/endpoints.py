"""EndpointSlice (discovery.k8s.io/v1, KEP-752), the older Endpoints (core/v1), and what the controllers call them."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from kubectl_svcdoctor.model.meta import KubernetesObject, Resource, TracedMeta, Value

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SLICE_CONTROLLER = "endpointslice-controller.k8s.io"
MIRRORING_CONTROLLER = "endpointslicemirroring-controller.k8s.io"
SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS = "service.kubernetes.io/headless"
LEADER = "control-plane.alpha.kubernetes.io/leader"


class ObjectReference(Value, frozen=True):
    """A pointer to another object (core/v1 ObjectReference)."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    field_path: str = ""


class EndpointConditions(Value, frozen=True):
    """As written; an absent condition means ready and serving, and not terminating."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class ForZone(Value, frozen=True):
    name: str = ""


class EndpointHints(Value, frozen=True):
    for_zones: tuple[ForZone, ...] = ()
    for_nodes: tuple[ForZone, ...] = ()


class Endpoint(Value, frozen=True):
    addresses: tuple[str, ...] = ()
    conditions: EndpointConditions = msgspec.field(default_factory=EndpointConditions)
    hostname: str = ""
    node_name: str = ""
    zone: str = ""
    target_ref: ObjectReference | None = None
    hints: EndpointHints | None = None

    @property
    def ready(self) -> bool:
        return self.conditions.ready is not False

    @property
    def serving(self) -> bool:
        if self.conditions.serving is None:
            return self.ready
        return self.conditions.serving

    @property
    def terminating(self) -> bool:
        return self.conditions.terminating is True

    @property
    def address(self) -> str:
        """The only address that kube-proxy uses (EndpointSlice v1, field addresses)."""
        return self.addresses[0] if self.addresses else ""


class EndpointPort(Value, frozen=True):
    name: str = ""
    port: int | None = None
    protocol: str = "TCP"
    app_protocol: str = ""


class EndpointSlice(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
    metadata: TracedMeta = msgspec.field(default_factory=TracedMeta)
    address_type: str = "IPv4"
    endpoints: tuple[Endpoint, ...] | None = None
    ports: tuple[EndpointPort, ...] | None = None

    @property
    def service_name(self) -> str:
        return self.labels.get(SERVICE_NAME, "")

    @property
    def managed_by(self) -> str:
        return self.labels.get(MANAGED_BY, "")

    @property
    def by_controller(self) -> bool:
        """Whether the endpoint slice controller claims to have written it."""
        return self.managed_by == SLICE_CONTROLLER


class EndpointAddress(Value, frozen=True):
    ip: str = ""
    hostname: str = ""
    node_name: str = ""
    target_ref: ObjectReference | None = None


class EndpointSubset(Value, frozen=True):
    addresses: tuple[EndpointAddress, ...] = ()
    not_ready_addresses: tuple[EndpointAddress, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


class Endpoints(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "endpoints", "Endpoints")
    subsets: tuple[EndpointSubset, ...] = ()
