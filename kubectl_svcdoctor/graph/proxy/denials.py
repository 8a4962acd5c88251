"""Whom policies admit, in the words of a report."""

from __future__ import annotations

from kubectl_svcdoctor.graph.netpol.verdict import Denial
from kubectl_svcdoctor.graph.netpol.words import peer_text, policies_text
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.policy import Rule


def denial_text(denial: Denial) -> str:
    """`NetworkPolicy front-only admits only Pods with app=front`; `NetworkPolicies a, b let out nothing`."""
    one, inward = len(denial.policies) == 1, denial.direction == "Ingress"
    found = list(dict.fromkeys(_rule(rule) for policy in denial.policies for rule in policy.rules(denial.direction)))
    whom = f"only {names(found)}" if found else "nobody" if inward else "nothing"
    verb = f"admit{'s' * one}" if inward else f"let{'s' * one} out"
    return f"{policies_text(denial.policies)} {verb} {whom}"


def _rule(rule: Rule) -> str:
    peers = " and ".join(dict.fromkeys(map(peer_text, rule.peers)))
    ports = " and ".join(dict.fromkeys(f"port {port.port}/{port.protocol}" if port.port is not None else port.protocol for port in rule.ports))
    return f"{peers} on {ports}" if peers and ports else peers or (f"connections on {ports}" if ports else "everything")
