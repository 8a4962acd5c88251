"""What an examination is about, out of what was read for it."""

from __future__ import annotations

from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.model.evidence import NamedPod, SelectedPods, VantagePod
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.scope import Parts, Scope
from kubectl_svcdoctor.model.service import Service


def scope(tree: Tree) -> Scope:
    """All branches with their parts, and the weights of those that serve."""
    branches = {branch.id: parts(tree.leaves(branch)) for branch in (*tree.branches, *tree.followed)}
    followed = {ObjectRef("v1", "Service", branch.service.namespace, branch.service.name): branch.id for branch in tree.followed if branch.service}
    return Scope(branches, {branch.id: branch.weight for branch in tree.branches}, followed)


def parts(leaves: list[Evidence]) -> Parts:
    """The Service with its ports and Pods, and the Pods that are examined as clients; what could not be read is left out."""
    evidence = leaves[0]
    service, pods, governed = evidence.need(Service), evidence.need(SelectedPods), evidence.need(Governed)
    made = evidence.need(SetPods) if isinstance(governed, Governed) else ()
    owners = {pod.ref: owner_of(pod) for value in (pods, made) if isinstance(value, (SelectedPods, SetPods)) for pod in value}
    if isinstance(governed, Governed):
        owners[governed.set.ref] = governed.set.ref
    known = (evidence.need(NamedPod), *(leaf.need(VantagePod) for leaf in leaves))
    clients = tuple(pod.ref for value in known if isinstance(value, (VantagePod, NamedPod)) for pod in value)
    if not isinstance(service, Service):
        return Parts(owners=owners, clients=clients)
    return Parts(service.ref, tuple(port.label for port in service.spec.ports), service.headless or service.external, owners, clients)
