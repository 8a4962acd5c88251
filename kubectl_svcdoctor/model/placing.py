"""Which nodes a Pod's template may run on: nodeSelector, required node affinity and tolerations (core/v1), and how the scheduler compares them."""

from __future__ import annotations

import msgspec

from kubectl_svcdoctor.model.cluster import Node, Taint
from kubectl_svcdoctor.model.meta import Value


class NodeRequirement(Value, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()

    def met(self, labels: dict[str, str]) -> bool:
        """Whether a node with these labels meets it (component-helpers, scheduling/corev1/nodeaffinity); Gt and Lt are numbers' own, and count as met."""
        value = labels.get(self.key)
        return {"In": value in self.values, "NotIn": value not in self.values, "Exists": value is not None, "DoesNotExist": value is None}.get(
            self.operator, True)


class NodeTerm(Value, frozen=True):
    match_expressions: tuple[NodeRequirement, ...] = ()


class RequiredTerms(Value, frozen=True):
    node_selector_terms: tuple[NodeTerm, ...] = ()


class NodeAffinity(Value, frozen=True):
    required: RequiredTerms | None = msgspec.field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class Affinity(Value, frozen=True):
    node_affinity: NodeAffinity | None = None


class Toleration(Value, frozen=True):
    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""

    def tolerates(self, taint: Taint) -> bool:
        """Whether it tolerates a taint (core/v1 Toleration: an empty key with Exists means all, an empty effect each)."""
        same = self.key == taint.key and (self.operator == "Exists" or self.value == taint.value)
        return self.effect in ("", taint.effect) and ((not self.key and self.operator == "Exists") or same)


def repelling(taint: Taint, tolerations: tuple[Toleration, ...]) -> bool:
    """Whether a taint keeps Pods with these tolerations off its node."""
    return taint.effect in ("NoSchedule", "NoExecute") and not any(entry.tolerates(taint) for entry in tolerations)


def wanting(node: Node, selector: dict[str, str], affinity: Affinity | None) -> str:
    """What a node's labels lack for a nodeSelector and the required affinity, in the words of a report; empty where they lack nothing."""
    for key, value in selector.items():
        if node.labels.get(key) != value:
            return f"its nodeSelector wants {key}={value}"
    required = affinity.node_affinity.required if affinity and affinity.node_affinity else None
    if required is None or any(all(entry.met(node.labels) for entry in term.match_expressions) for term in required.node_selector_terms):
        return ""
    return "its node affinity leaves the node out"
