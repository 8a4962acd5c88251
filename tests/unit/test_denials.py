"""Whom policies admit, in the words of a report."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubectl_svcdoctor.graph.netpol import Denial
from kubectl_svcdoctor.graph.proxy.denials import denial_text
from kubectl_svcdoctor.model.meta import TracedMeta
from kubectl_svcdoctor.model.policy import NetworkPolicy, NetworkPolicySpec

FRONT = {"podSelector": {"matchLabels": {"app": "front"}}}


def policy(name: str, **spec: Any) -> NetworkPolicy:
    return NetworkPolicy(metadata=TracedMeta(name=name, namespace="shop"), spec=msgspec.convert(spec, NetworkPolicySpec))


@pytest.mark.parametrize(("direction", "rules", "said"), [
    ("ingress", [], "NetworkPolicy p admits nobody"),
    ("egress", [], "NetworkPolicy p lets out nothing"),
    ("ingress", [{"from": [FRONT]}], "NetworkPolicy p admits only Pods with app=front"),
    ("ingress", [{"from": [FRONT], "ports": [{"port": 80}]}], "NetworkPolicy p admits only Pods with app=front on port 80/TCP"),
    ("ingress", [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}], "NetworkPolicy p admits only Pods in all namespaces"),
    ("ingress", [{"from": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]}], "NetworkPolicy p admits only Pods in namespaces with team=x"),
    ("ingress", [{"from": [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b"]}]}}]}],
     "NetworkPolicy p admits only Pods with app In a,b"),
    ("egress", [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP"}]}],
     "NetworkPolicy p lets out only 10.0.0.0/8, connections on port 53/UDP and TCP"),
])
def test_whom_a_policy_admits(direction: str, rules: list[dict[str, Any]], said: str) -> None:
    assert denial_text(Denial(direction.capitalize(), (policy("p", **{direction: rules}),), None)) == said  # type: ignore[arg-type]


def test_several_policies_together() -> None:
    both = policy("a"), policy("b", ingress=[{"from": [FRONT]}])
    assert denial_text(Denial("Ingress", both, None)) == "NetworkPolicies a, b admit only Pods with app=front"
