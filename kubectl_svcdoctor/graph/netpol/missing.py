"""The rule that a denied connection lacks, and how a policy is given it."""

from __future__ import annotations

from typing import Any

import msgspec

from kubectl_svcdoctor.graph.netpol.blocks import Addresses
from kubectl_svcdoctor.graph.netpol.parties import AnyPod, APIServer, KnownPod, Party, PodElsewhere, Port
from kubectl_svcdoctor.graph.netpol.policies import NAMESPACE_LABEL
from kubectl_svcdoctor.model.policy import (
    Direction,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    LabelSelectorRequirement,
    NetworkPolicy,
    Peer,
    PolicyPort,
    Rule,
)

# Labels that controllers give each Pod or each revision, or the API server by the Pod's node (KEP-4742): a rule with one of them would be wrong after the
# next rollout.
PASSING = frozenset({
    "pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index", "controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name",
    "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
})


def missing_rule(direction: Direction, home: str, other: Party, *ports: Port) -> Rule | None:
    """What a policy of namespace `home` would have to allow: the other end of the connection, on these ports.

    None where nothing is known that would tell the other end from all others: a rule without peers would open the Pod to everybody.
    """
    wanted = tuple(PolicyPort(port.protocol, port.number) for port in ports)
    peers = _peers(home, other)
    if not peers:
        return None
    return IngressRule(wanted, peers) if direction == "Ingress" else EgressRule(wanted, peers)


def _peers(home: str, other: Party) -> tuple[Peer, ...]:
    match other:
        case KnownPod() if not other.host_network:
            kept = {key: value for key, value in other.pod.labels.items() if key not in PASSING}
            return (Peer(LabelSelector(kept), _elsewhere(home, other.namespace)),)
        case AnyPod():
            return (Peer(LabelSelector(dict(other.having)), _elsewhere(home, other.namespace)),)
        case PodElsewhere():
            return (Peer(None, LabelSelector(match_expressions=(LabelSelectorRequirement(NAMESPACE_LABEL, "NotIn", (other.than,)),))),)
        case APIServer():
            return ()
        case _:
            return _blocks(other.addresses)


def _elsewhere(home: str, namespace: str) -> LabelSelector | None:
    return None if namespace == home else LabelSelector({NAMESPACE_LABEL: namespace})


def _blocks(given: Addresses) -> tuple[Peer, ...]:
    return tuple(Peer(ip_block=IPBlock(str(entry))) for entry in given.networks)


def written(rule: Rule) -> dict[str, Any]:
    """A rule as a manifest has it, with each protocol spelt out."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rule))
    if rule.ports:
        plain["ports"] = [{"protocol": port.protocol, **entry} for port, entry in zip(rule.ports, plain["ports"], strict=True)]
    return plain


def adding(policy: NetworkPolicy, rule: Rule) -> list[dict[str, Any]]:
    """The JSON patch that gives a policy one rule more and takes none away."""
    direction: Direction = "Ingress" if isinstance(rule, IngressRule) else "Egress"
    path = f"/spec/{direction.lower()}"
    if policy.rules(direction):
        return [{"op": "add", "path": f"{path}/-", "value": written(rule)}]
    return [{"op": "add", "path": path, "value": [written(rule)]}]
