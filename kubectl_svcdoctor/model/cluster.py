"""Nodes, Namespaces, Events, Leases and ConfigMaps: the surroundings of a Service."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from kubectl_svcdoctor.model.endpoints import ObjectReference
from kubectl_svcdoctor.model.meta import Condition, KubernetesObject, Moment, Resource, Value, condition


class Taint(Value, frozen=True):
    key: str = ""
    value: str = ""
    effect: str = ""


class NodeSpec(Value, frozen=True):
    pod_cidr: str = msgspec.field(default="", name="podCIDR")
    pod_cidrs: tuple[str, ...] = msgspec.field(default=(), name="podCIDRs")
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    provider_id: str = msgspec.field(default="", name="providerID")


class NodeAddress(Value, frozen=True):
    type: str = ""
    address: str = ""


class NodeStatus(Value, frozen=True):
    conditions: tuple[Condition, ...] = ()
    addresses: tuple[NodeAddress, ...] = ()


class Node(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "nodes", "Node", namespaced=False)
    spec: NodeSpec = msgspec.field(default_factory=NodeSpec)
    status: NodeStatus = msgspec.field(default_factory=NodeStatus)

    @property
    def ready_condition(self) -> Condition | None:
        """The condition Ready; status False means the kubelet reports trouble, Unknown that it stopped reporting."""
        return condition(self.status.conditions, "Ready")


class NamespaceStatus(Value, frozen=True):
    phase: str = "Active"
    conditions: tuple[Condition, ...] = ()


class Namespace(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
    status: NamespaceStatus = msgspec.field(default_factory=NamespaceStatus)


class EventSeries(Value, frozen=True):
    count: int = 0
    last_observed_time: Moment | None = None


class Event(KubernetesObject, frozen=True):
    """An Event of core/v1; `involved_object.uid` tells an object from a namesake that was there before."""

    resource: ClassVar[Resource] = Resource("", "v1", "events", "Event")
    involved_object: ObjectReference = msgspec.field(default_factory=ObjectReference)
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int = 0
    first_timestamp: Moment | None = None
    last_timestamp: Moment | None = None
    event_time: Moment | None = None
    series: EventSeries | None = None

    @property
    def last_seen(self) -> datetime | None:
        """When it happened last, whichever of the three ways of writing it the reporter used."""
        series = self.series.last_observed_time if self.series else None
        return series or self.last_timestamp or self.event_time or self.metadata.creation_timestamp


class LeaseSpec(Value, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: Moment | None = None


class Lease(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("coordination.k8s.io", "v1", "leases", "Lease")
    spec: LeaseSpec = msgspec.field(default_factory=LeaseSpec)


class ConfigMap(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "configmaps", "ConfigMap")
    data: dict[str, str] = msgspec.field(default_factory=dict)
