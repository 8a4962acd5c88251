"""Rules that are probably not what somebody meant: shapes that are known as mistakes, and what a packet's address is by then. Remarks at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from kubectl_svcdoctor.graph.netpol.backends import Isolated
from kubectl_svcdoctor.graph.netpol.blocks import network
from kubectl_svcdoctor.graph.netpol.decide import ingress
from kubectl_svcdoctor.graph.netpol.parties import KnownPod, NodeItself, Port
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Denied
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.evidence import Nodes
from kubectl_svcdoctor.model.policy import LabelSelector, NetworkPolicy, Peer, Rule
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Split:
    """A rule with two peers, a namespaceSelector alone and a podSelector alone: one dash too many, where both were meant together."""

    policy: NetworkPolicy
    spaces: Peer
    pods: Peer


class Named(tuple[Pod, ...]):
    """The Pods of the policy's own namespace that such a podSelector picks: where there are some, it means them."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """An ipBlock of clients outside of the cluster, whose address a node replaces by its own; and no rule admits nodes."""

    policy: NetworkPolicy
    cidr: str
    node: str


@derives
def split(found: Isolated) -> Split | Irrelevant:
    return next(_split(found), None) or Irrelevant("no rule has that shape")


def _split(found: Isolated) -> Iterator[Split]:
    for policy, _, rule in found.rules():
        spaces = [peer for peer in rule.peers if peer.namespace_selector not in (None, LabelSelector()) and peer.pod_selector is None]
        pods = [peer for peer in rule.peers if peer.namespace_selector is None and peer.pod_selector and peer.pod_selector.match_labels
                and not peer.pod_selector.match_expressions]
        if len(rule.peers) == 2 and spaces and pods:
            yield Split(policy, spaces[0], pods[0])


@asks(Named)
def named(found: Split) -> Query[Pod] | Irrelevant:
    selector = found.pods.pod_selector
    if selector is None:
        return Irrelevant("the rule has no podSelector")
    return Query(Pod, found.policy.namespace, labels=labels(selector.match_labels))


@derives
def replaced(found: Isolated, nodes: Nodes) -> Replaced | Irrelevant:
    """Where externalTrafficPolicy is Cluster, and clients come by way of a node. A node's way to its own Pods is always open."""
    spec = found.service.spec
    nothing = Irrelevant("clients from outside keep their address, or nobody outside is meant")
    if spec.type not in ("NodePort", "LoadBalancer") or spec.external_traffic_policy == "Local":
        return nothing
    blocks = [(policy, peer.ip_block.cidr) for policy, _, rule in found.rules() if _serves(found, rule) for peer in rule.peers
              if peer.ip_block and _outside(peer.ip_block.cidr, nodes)]
    shut = _shut(found, nodes)
    return Replaced(*blocks[0], shut) if blocks and shut else nothing


def _serves(found: Isolated, rule: Rule) -> bool:
    return any(found.names(rule, port) for port in found.service.spec.ports)


def _outside(cidr: str, nodes: Nodes) -> bool:
    """Whether a block holds neither nodes nor Pods, and not everything."""
    try:
        block = network(cidr)
        return block.prefixlen > 0 and not any(block.overlaps(own) for node in nodes for own in _networks(node))
    except ValueError:
        return False


def _networks(node: Node) -> Iterator[IPv4Network | IPv6Network]:
    yield from map(network, filter(None, (*node.spec.pod_cidrs, node.spec.pod_cidr)))
    yield from (network(entry.address) for entry in node.status.addresses if entry.type in ("InternalIP", "ExternalIP"))


def _shut(found: Isolated, nodes: Nodes) -> str:
    """A node from which no Pod on another one accepts connections on any port of the Service."""
    policies = Policies.of(found.policies, [found.service.namespace])
    for node in nodes:
        said = [ingress(policies, NodeItself(node), KnownPod(pod), Port(number, port.protocol)) for pod in found.pods if pod.spec.node_name != node.name
                for port in found.service.spec.ports if (number := target_number(port, pod))]
        if said and all(isinstance(verdict, Denied) for verdict in said):
            return node.name
    return ""
