"""Rules of NetworkPolicies in the words of a report."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_svcdoctor.model.policy import LabelSelector, NetworkPolicy, Peer, Rule


def policies_text(policies: Iterable[NetworkPolicy]) -> str:
    """`NetworkPolicy a`, `NetworkPolicies a, b`."""
    found = [policy.name for policy in policies]
    rest = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"NetworkPolic{'y' if len(found) == 1 else 'ies'} {', '.join(found[:3])}{rest}"


def peers_text(rule: Rule) -> str:
    """`Pods with app=front and 10.0.0.0/8`; `everybody` for a rule without peers."""
    return " and ".join(dict.fromkeys(map(peer_text, rule.peers))) or "everybody"


def peer_text(peer: Peer) -> str:
    """`Pods with app=front in namespaces with team=x`."""
    if peer.ip_block is not None:
        holes = f" without {', '.join(peer.ip_block.except_)}" if peer.ip_block.except_ else ""
        return f"{peer.ip_block.cidr}{holes}"
    pods, spaces = f"Pods{_with(peer.pod_selector)}", peer.namespace_selector
    return pods if spaces is None else f"{pods} in namespaces{_with(spaces)}" if _with(spaces) else f"{pods} in all namespaces"


def selector_text(selector: LabelSelector) -> str:
    """`app=front,tier In a,b`; nothing for a selector that picks everything."""
    terms = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    terms += [" ".join(filter(None, (term.key, term.operator, ",".join(term.values)))) for term in selector.match_expressions]
    return ",".join(terms)


def _with(selector: LabelSelector | None) -> str:
    text = selector_text(selector) if selector else ""
    return f" with {text}" if text else ""
