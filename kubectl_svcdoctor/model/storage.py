"""What a Pod's volumes wait for (core/v1 and storage.k8s.io/v1), reduced to what tells why a claim has no volume."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from kubectl_svcdoctor.model.meta import KubernetesObject, Resource, Value

DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
NO_PROVISIONER = "kubernetes.io/no-provisioner"


class ClaimSpec(Value, frozen=True):
    """`storage_class_name` is None where the claim leaves it to the default class, and empty where it wants no class at all."""

    storage_class_name: str | None = None
    volume_name: str = ""


class ClaimStatus(Value, frozen=True):
    phase: str = ""


class PersistentVolumeClaim(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
    spec: ClaimSpec = msgspec.field(default_factory=ClaimSpec)
    status: ClaimStatus = msgspec.field(default_factory=ClaimStatus)


class StorageClass(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", namespaced=False)
    provisioner: str = ""
    volume_binding_mode: str = "Immediate"

    @property
    def default(self) -> bool:
        """Whether claims that name no class get this one."""
        return any(self.metadata.annotations.get(key) == "true" for key in DEFAULT_CLASS)
