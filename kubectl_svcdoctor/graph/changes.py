"""Who last set a field, and when: metadata.managedFields (server-side apply, KEP-555)."""

from __future__ import annotations

from datetime import UTC, datetime

from kubectl_svcdoctor.model.finding import Changed
from kubectl_svcdoctor.model.meta import KubernetesObject, ManagedField, TracedMeta


def last_change(item: KubernetesObject, field: tuple[str, ...]) -> Changed | None:
    """The newest entry that owns the field itself or, failing that, the nearest field above it; None when none is recorded.

    A removed field is owned by nobody, so the answer for it is who last changed what stood around it.
    """
    if not isinstance(item.metadata, TracedMeta):
        return None
    owned = [(_owned_depth(entry, field), entry) for entry in item.metadata.managed_fields if not entry.subresource]
    candidates = [(depth, entry.time or datetime.min.replace(tzinfo=UTC), entry) for depth, entry in owned if depth > 1]
    if not candidates:
        return None
    depth, _, entry = max(candidates, key=lambda candidate: candidate[:2])
    return Changed(".".join(field[:depth]), entry.manager, entry.time)


def _owned_depth(entry: ManagedField, field: tuple[str, ...]) -> int:
    """How many steps of the field's path this manager owns."""
    node: object = entry.fields
    for depth, step in enumerate(field):
        if not isinstance(node, dict) or f"f:{step}" not in node:
            return depth
        node = node[f"f:{step}"]
    return len(field)
