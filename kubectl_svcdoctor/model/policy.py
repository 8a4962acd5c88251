"""NetworkPolicy (networking.k8s.io/v1), as far as it decides who may talk to whom."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from kubectl_svcdoctor.model.meta import KubernetesObject, Resource, TracedMeta, Value


class LabelSelectorRequirement(Value, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(Value, frozen=True):
    """A label selector; an empty one matches everything."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()


class IPBlock(Value, frozen=True):
    cidr: str = ""
    except_: tuple[str, ...] = msgspec.field(default=(), name="except")


class Peer(Value, frozen=True):
    """An empty selector picks everything, an absent one nothing of its own: without namespaceSelector the policy's own namespace is meant, without
    podSelector every Pod. Both together must hold for the same Pod; ipBlock stands alone."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPort(Value, frozen=True):
    """A number, a range up to and with endPort, a name, which each Pod may give to another number, or all ports of the protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class IngressRule(Value, frozen=True):
    """No ports means all ports, no peers all peers."""

    ports: tuple[PolicyPort, ...] = ()
    from_: tuple[Peer, ...] = msgspec.field(default=(), name="from")

    @property
    def peers(self) -> tuple[Peer, ...]:
        return self.from_


class EgressRule(Value, frozen=True):
    """No ports means all ports, no peers all peers."""

    ports: tuple[PolicyPort, ...] = ()
    to: tuple[Peer, ...] = ()

    @property
    def peers(self) -> tuple[Peer, ...]:
        return self.to


Rule = IngressRule | EgressRule
Direction = Literal["Ingress", "Egress"]  # the words of policyTypes


class NetworkPolicySpec(Value, frozen=True):
    pod_selector: LabelSelector = msgspec.field(default_factory=LabelSelector)
    policy_types: tuple[str, ...] = ()
    ingress: tuple[IngressRule, ...] = ()
    egress: tuple[EgressRule, ...] = ()


class NetworkPolicy(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")
    metadata: TracedMeta = msgspec.field(default_factory=TracedMeta)
    spec: NetworkPolicySpec = msgspec.field(default_factory=NetworkPolicySpec)

    def limits(self, direction: Direction) -> bool:
        """Whether it isolates its Pods in that direction. Without policyTypes: for ingress always, for egress if it has egress rules (API reference)."""
        types = self.spec.policy_types or ("Ingress", *(("Egress",) if self.spec.egress else ()))
        return direction in types

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        return self.spec.ingress if direction == "Ingress" else self.spec.egress
