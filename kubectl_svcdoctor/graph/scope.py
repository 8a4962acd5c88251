"""What an examination is about, out of what was read for it."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import Evidence
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.graph.surroundings import owner_of
from kubectl_svcdoctor.model.evidence import NamedPod, SelectedPods, VantagePod
from kubectl_svcdoctor.model.scope import Scope
from kubectl_svcdoctor.model.service import Service


def scope(evidence: Evidence) -> Scope:
    """The Service with its ports and Pods, and the Pods that are examined as clients; what could not be read is left out."""
    service, pods, governed = evidence.need(Service), evidence.need(SelectedPods), evidence.need(Governed)
    made = evidence.need(SetPods) if isinstance(governed, Governed) else ()
    owners = {pod.ref: owner_of(pod) for value in (pods, made) if isinstance(value, (SelectedPods, SetPods)) for pod in value}
    if isinstance(governed, Governed):
        owners[governed.set.ref] = governed.set.ref
    known = (evidence.need(kind) for kind in (VantagePod, NamedPod))
    clients = tuple(pod.ref for value in known if isinstance(value, (VantagePod, NamedPod)) for pod in value)
    if not isinstance(service, Service):
        return Scope(owners=owners, clients=clients)
    return Scope(service.ref, tuple(port.label for port in service.spec.ports), service.headless or service.external, owners, clients)
