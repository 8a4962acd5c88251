"""The NetworkPolicies that were read, with what was read of the Namespaces that their selectors look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.labels import Labels
from kubectl_svcdoctor.graph.netpol.parties import AnyPod, KnownPod, PodElsewhere
from kubectl_svcdoctor.graph.netpol.verdict import Undecided
from kubectl_svcdoctor.model.cluster import Namespace
from kubectl_svcdoctor.model.policy import Direction, NetworkPolicy

NAMESPACE_LABEL = "kubernetes.io/metadata.name"  # KEP-2161: every Namespace has it, with its name as the value


@dataclass(frozen=True)
class Policies:
    """`by_namespace` holds what was read; `read` are the namespaces whose policies were, None for all of them.

    `labels` are those of the Namespaces that were read; of any other only the label that every Namespace has is known.
    """

    by_namespace: Mapping[str, tuple[NetworkPolicy, ...]]
    read: frozenset[str] | None
    labels: Mapping[str, Mapping[str, str]]

    @staticmethod
    def of(policies: Iterable[NetworkPolicy], read: Iterable[str] | None = None, namespaces: Iterable[Namespace] = ()) -> Policies:
        found: dict[str, list[NetworkPolicy]] = defaultdict(list)
        for policy in policies:
            found[policy.namespace].append(policy)
        return Policies({name: tuple(group) for name, group in found.items()}, None if read is None else frozenset(read),
                        {item.name: item.labels for item in namespaces})

    def limiting(self, direction: Direction, namespace: str) -> tuple[NetworkPolicy, ...] | Undecided:
        """Those of a namespace that isolate Pods in that direction."""
        if self.read is not None and namespace not in self.read:
            return Undecided((f"the NetworkPolicies of namespace {namespace} were not read",))
        return tuple(policy for policy in self.by_namespace.get(namespace, ()) if policy.limits(direction))

    def namespace_labels(self, party: KnownPod | AnyPod | PodElsewhere) -> Labels:
        """The labels of the Namespace that a Pod lives in."""
        if isinstance(party, PodElsewhere):
            return Labels("the labels of the client's Namespace", {}, complete=False, other={NAMESPACE_LABEL: party.than})
        known, own = self.labels.get(party.namespace), {NAMESPACE_LABEL: party.namespace}
        return Labels(f"the labels of Namespace {party.namespace}", {**(known or {}), **own}, complete=known is not None)
