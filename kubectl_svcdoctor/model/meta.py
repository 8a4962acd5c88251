"""What every Kubernetes object carries (meta/v1 of the API reference), reduced to the fields that are read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec


class Value(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A frozen value decoded from JSON; unknown fields are dropped, absent ones take the API's default."""


# A moment without a time zone (an API server writes none) can be compared with no other.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


# Groups of which every API server serves what is stable (v1, since Kubernetes 1.21 at the latest). A kind of any other group may be missing.
EVERYWHERE = frozenset({"", "apidiscovery.k8s.io", "apps", "coordination.k8s.io", "discovery.k8s.io", "networking.k8s.io", "storage.k8s.io"})


class Resource(msgspec.Struct, frozen=True):
    """Where a kind lives in the API: group ("" is the core group), version, plural name, kind and scope.

    `older` are further versions that can be decoded, the best first: the first that the server serves is read. `late` is a kind that not every server
    serves, though its group is one that every server has.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    older: tuple[str, ...] = ()
    late: bool = False

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that can be decoded, the best first."""
        return (self.version, *self.older)

    @property
    def everywhere(self) -> bool:
        """Whether every API server serves it, so that nobody needs to ask."""
        return self.group in EVERYWHERE and not self.late and not self.older

    def api_versions(self) -> tuple[str, ...]:
        """`group/version` of each version, the best first."""
        return tuple(f"{self.group}/{version}" if self.group else version for version in self.versions)

    @property
    def api_version(self) -> str:
        """`v1` or `group/version`, as manifests write it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`services` or `deployments.apps`, as kubectl and RBAC messages write it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class OwnerReference(Value, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    controller: bool = False


class ManagedField(Value, frozen=True):
    """One entry of metadata.managedFields: who set which fields, and when (KEP-555, server-side apply)."""

    manager: str = ""
    time: Moment | None = None
    subresource: str = ""
    fields: dict[str, Any] = msgspec.field(default_factory=dict, name="fieldsV1")


class ObjectMeta(Value, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    creation_timestamp: Moment | None = None
    deletion_timestamp: Moment | None = None
    deletion_grace_period_seconds: int | None = None
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[OwnerReference, ...] = ()
    generation: int = 0
    resource_version: str = ""

    @property
    def controller(self) -> OwnerReference | None:
        """The one owner that manages this object, or None."""
        return next((owner for owner in self.owner_references if owner.controller), None)


class TracedMeta(ObjectMeta, frozen=True):
    """Metadata of the kinds whose last change is told; Pods come by the thousand and their managers are of no interest."""

    managed_fields: tuple[ManagedField, ...] = ()


class KubernetesObject(Value, frozen=True):
    """Base of all decoded kinds; `resource` says where the API serves them."""

    resource: ClassVar[Resource]
    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        return self.metadata.namespace

    @property
    def labels(self) -> dict[str, str]:
        return self.metadata.labels

    @property
    def ref(self) -> ObjectRef:
        """The name of this object for reports and patches."""
        return ObjectRef(self.resource.api_version, self.resource.kind, self.namespace, self.name)


class Brought(KubernetesObject, frozen=True):
    """Base of kinds that not every server has, in several versions perhaps; `api_version` is the one that the object was read in."""

    api_version: str = ""

    @property
    def ref(self) -> ObjectRef:
        """The name of this object, in the version that the server serves."""
        return ObjectRef(self.api_version or self.resource.api_version, self.resource.kind, self.namespace, self.name)


class ObjectRef(msgspec.Struct, frozen=True, order=True, rename="camel"):
    """An object's name: what a finding points at and what a patch changes."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}"


class Condition(Value, frozen=True):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: Moment | None = None


def condition(conditions: tuple[Condition, ...], kind: str) -> Condition | None:
    """The condition of that type, or None when nobody has written it."""
    return next((entry for entry in conditions if entry.type == kind), None)


def is_true(conditions: tuple[Condition, ...], kind: str) -> bool:
    """Whether the condition was written and is True."""
    entry = condition(conditions, kind)
    return entry is not None and entry.status == "True"
