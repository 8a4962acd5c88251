"""Whom policies admit, in the words of a report."""

from __future__ import annotations

from kubectl_svcdoctor.graph.netpol.verdict import Denial
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.policy import LabelSelector, Peer, Rule


def denial_text(denial: Denial) -> str:
    """`NetworkPolicy front-only admits only Pods with app=front`; `NetworkPolicies a, b let out nothing`."""
    one, inward = len(denial.policies) == 1, denial.direction == "Ingress"
    found = list(dict.fromkeys(_rule(rule) for policy in denial.policies for rule in policy.rules(denial.direction)))
    whom = f"only {names(found)}" if found else "nobody" if inward else "nothing"
    verb = f"admit{'s' * one}" if inward else f"let{'s' * one} out"
    return f"NetworkPolic{'y' if one else 'ies'} {names([policy.name for policy in denial.policies])} {verb} {whom}"


def _rule(rule: Rule) -> str:
    peers = " and ".join(dict.fromkeys(map(_peer, rule.peers)))
    ports = " and ".join(dict.fromkeys(f"port {port.port}/{port.protocol}" if port.port is not None else port.protocol for port in rule.ports))
    return f"{peers} on {ports}" if peers and ports else peers or (f"connections on {ports}" if ports else "everything")


def _peer(peer: Peer) -> str:
    if peer.ip_block is not None:
        return peer.ip_block.cidr
    pods, spaces = f"Pods{_with(peer.pod_selector)}", peer.namespace_selector
    return pods if spaces is None else f"{pods} in namespaces{_with(spaces)}" if _with(spaces) else f"{pods} in all namespaces"


def _with(selector: LabelSelector | None) -> str:
    """` with app=front`; nothing for a selector that picks everything."""
    if selector is None:
        return ""
    terms = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    terms += [" ".join(filter(None, (term.key, term.operator, ",".join(term.values)))) for term in selector.match_expressions]
    return f" with {','.join(terms)}" if terms else ""


