"""PersistentVolumeClaims that keep Pods from being scheduled: which, and why they have no volume."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.pod_reads import PodWarnings
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import Unschedulable
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.storage import NO_PROVISIONER, PersistentVolumeClaim, StorageClass
from kubectl_svcdoctor.model.workload import Pod


class PodClaims(tuple[PersistentVolumeClaim, ...]):
    """The claims of the namespace; read only where the scheduler says that a Pod waits for one."""


class StorageClasses(tuple[StorageClass, ...]):
    """All StorageClasses; read only where such a claim has no volume."""


@dataclass(frozen=True, slots=True)
class Unbound:
    """A claim without a volume: why, as the end of a sentence about it, what to do, and what was told of it."""

    name: str
    why: str
    advice: str
    message: str
    claim: PersistentVolumeClaim | None


class UnboundClaims(dict[str, Unbound]):
    """By the name of the claim."""

    def of(self, pod: Pod) -> Unbound | None:
        """The first that this Pod waits for."""
        return next((self[name] for name in _named(pod) if name in self), None)


@asks(PodClaims)
def pod_claims(service: Service, readiness: Readiness) -> Query[PersistentVolumeClaim] | Irrelevant:
    if not any(_waiting(readiness)):
        return Irrelevant("no Pod waits for a PersistentVolumeClaim")
    return Query(PersistentVolumeClaim, service.namespace)


@asks(StorageClasses)
def storage_classes(readiness: Readiness, claims: PodClaims) -> Query[StorageClass] | Irrelevant:
    wanted = {name for pod in _waiting(readiness) for name in _named(pod)}
    if not any(claim.name in wanted and not claim.spec.volume_name for claim in claims):
        return Irrelevant("every claim that is there has its volume")
    return Query(StorageClass)


@derives
def unbound_claims(readiness: Readiness, claims: PodClaims, classes: StorageClasses | None = None, events: PodWarnings | None = None) -> UnboundClaims:
    there = {claim.name: claim for claim in claims}
    found = UnboundClaims()
    for name in dict.fromkeys(name for pod in _waiting(readiness) for name in _named(pod)):
        claim = there.get(name)
        if claim is None:
            found[name] = Unbound(name, "does not exist", f"create PersistentVolumeClaim {name}, or correct its name in the template", "", None)
        elif not claim.spec.volume_name and claim.status.phase != "Bound":
            told = next((event.message for event in events or () if event.involved_object.uid == claim.metadata.uid), "")
            why, advice = _why(claim, classes)
            found[name] = Unbound(name, why, advice, told, claim)
    return found


def _why(claim: PersistentVolumeClaim, classes: Iterable[StorageClass] | None) -> tuple[str, str]:
    wanted = claim.spec.storage_class_name
    if classes is None:
        return f"has no volume; StorageClass {wanted} was not read" if wanted else "has no volume", "see what it waits for"
    default = next((entry for entry in classes if entry.default), None)
    known = default if wanted is None else next((entry for entry in classes if entry.name == wanted), None)
    if wanted == "":
        return "has no volume, and asks for none to be provisioned", f"create a PersistentVolume that fits PersistentVolumeClaim {claim.name}"
    if known is None and wanted is None:
        return "names no StorageClass, and none is the default", "mark a StorageClass as the default, or name one in the claim"
    if known is None:
        others = ", ".join(entry.name for entry in classes) or "none"
        return f"names StorageClass {wanted}, which does not exist", (
            f"create StorageClass {wanted}, or recreate the claim with one that exists ({others})")
    if known.provisioner == NO_PROVISIONER:
        return (f"has no volume, and StorageClass {known.name} provisions none",
                f"create a PersistentVolume of StorageClass {known.name} that fits PersistentVolumeClaim {claim.name}")
    mode = " once a node is chosen" if known.volume_binding_mode == "WaitForFirstConsumer" else ""
    return (f"waits for a volume of StorageClass {known.name}",
            f"find out why provisioner {known.provisioner} gives it no volume{mode}: the claim's Events and the provisioner's log tell")


def _waiting(readiness: Readiness) -> Iterator[Pod]:
    """The Pods with claims that no node takes because of one, as the scheduler says."""
    return (
        entry.pod for entry in readiness.troubles
        if isinstance(entry, Unschedulable) and "persistentvolumeclaim" in entry.message.casefold() and any(_named(entry.pod))
    )


def _named(pod: Pod) -> Iterator[str]:
    """The claims that the Pod's volumes name; a generic ephemeral volume has a claim of the Pod's and its own name."""
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield volume.persistent_volume_claim.claim_name
        elif volume.ephemeral is not None:
            yield f"{pod.name}-{volume.name}"
