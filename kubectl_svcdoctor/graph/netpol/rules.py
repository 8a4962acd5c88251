"""Whether a rule of a NetworkPolicy matches a connection (networking/v1 API reference; KEP-2079 for endPort)."""

from __future__ import annotations

from kubectl_svcdoctor.graph.netpol.blocks import covers
from kubectl_svcdoctor.graph.netpol.labels import selects
from kubectl_svcdoctor.graph.netpol.parties import AnyPod, APIServer, KnownPod, NodeItself, Outside, Party, PodElsewhere, Port, Target
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Answer, Undecided, all_of, any_of
from kubectl_svcdoctor.model.policy import IPBlock, LabelSelector, Peer, PolicyPort, Rule


def ports_match(rule: Rule, port: Port, target: Target) -> Answer:
    """Its ports are those of the connection's target, whichever way the rule looks; none means all."""
    return not rule.ports or any_of(_port_matches(entry, port, target) for entry in rule.ports)


def _port_matches(entry: PolicyPort, port: Port, target: Target) -> Answer:
    if entry.protocol != port.protocol:
        return False
    if entry.port is None:
        return True
    if isinstance(entry.port, int):
        return entry.port <= port.number <= (entry.end_port or entry.port)
    if not isinstance(target, KnownPod | AnyPod):
        return False  # a name is one of a Pod's ports
    numbers = target.numbers(entry.port, entry.protocol)
    return Undecided((f"it is not known which port the Pods name {entry.port}",)) if numbers is None else port.number in numbers


def peers_match(rule: Rule, home: str, party: Party, policies: Policies) -> Answer:
    """Whether the other end is among its peers; none means everybody. `home` is the policy's namespace."""
    return not rule.peers or any_of(_peer_matches(peer, home, party, policies) for peer in rule.peers)


def _peer_matches(peer: Peer, home: str, party: Party, policies: Policies) -> Answer:
    if isinstance(party, APIServer):
        return Undecided(("it is not known from where the API server connects",))
    if peer.ip_block is not None:
        return _block_matches(peer.ip_block, party)
    if isinstance(party, NodeItself | Outside):
        return False
    chosen = all_of((_lives(peer.namespace_selector, home, party, policies), _is_selected(peer.pod_selector, party)))
    if chosen is not False and isinstance(party, KnownPod) and party.host_network:
        return Undecided((f"network plugins differ in whether selectors pick Pods on their node's network, such as {party.pod.name}",))
    return chosen


def _block_matches(block: IPBlock, party: KnownPod | AnyPod | PodElsewhere | NodeItself | Outside) -> Answer:
    """ipBlocks are meant for what is outside: to the addresses of Pods some network plugins apply them (kube-router, Calico), others do not (Cilium)."""
    if isinstance(party, PodElsewhere):
        return Undecided((f"it is not known whether ipBlock {block.cidr} holds the client's address",))
    found = covers(block, party.addresses)
    if found is True and isinstance(party, KnownPod) and not party.host_network:
        return Undecided((f"network plugins differ in whether ipBlock {block.cidr} holds Pods",))
    return found


def _lives(selector: LabelSelector | None, home: str, party: KnownPod | AnyPod | PodElsewhere, policies: Policies) -> Answer:
    """Whether the Pod's namespace is meant: the policy's own, without a namespaceSelector."""
    if selector is not None:
        return selects(selector, policies.namespace_labels(party))
    if isinstance(party, PodElsewhere):
        return False if party.than == home else Undecided(("the client's namespace is not known",))
    return party.namespace == home


def _is_selected(selector: LabelSelector | None, party: KnownPod | AnyPod | PodElsewhere) -> Answer:
    if selector is None or not (selector.match_labels or selector.match_expressions):
        return True
    if isinstance(party, PodElsewhere):
        return Undecided(("the labels of the client's Pod are not known",))
    return selects(selector, party.labels)
