"""The verdict on NetworkPolicies against a truth table that is filled by brute force, out of the manifests alone.

The table is made the other way round than the model decides: every policy marks the cells (source, target, port) that it opens, address by address and
Pod by Pod; what is isolated and not marked is shut. Where Kubernetes leaves it to network plugins, or labels are not known, all possible tables are
filled: the model must say allowed or denied only where all of them agree.
"""

from __future__ import annotations

import ipaddress
import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.collect.casefile import manifests
from kubectl_svcdoctor.graph.netpol import Allowed, AnyPod, Denied, KnownPod, Outside, Policies, Port, Undecided, allowed
from kubectl_svcdoctor.model.cluster import Namespace
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.workload import Pod

Manifest = dict[str, Any]
Cell = tuple[str, str, tuple[int, str]]
SPACES = {"x": {"team": "a"}, "y": {"team": "b"}, "z": {}}
PORTS = list(itertools.product((80, 81), ("TCP", "UDP")))
OUTSIDE = ("203.0.113.7", "203.0.113.70", "2001:db8::1")


def pod(space: str, name: str, address: str, labels: dict[str, str], first: int) -> Manifest:
    """The Pods give the name `serve` different numbers."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": space, "name": name, "labels": labels}, "status": {"podIP": address},
            "spec": {"containers": [{"name": "main", "ports": [{"name": "serve", "containerPort": first, "protocol": "TCP"}]}]}}


PODS = {f"{item['metadata']['namespace']}/{item['metadata']['name']}": item for item in (
    pod("x", "a", "10.1.0.1", {"pod": "a"}, 80), pod("x", "b", "10.1.0.2", {"pod": "b", "role": "web"}, 81),
    pod("y", "a", "10.1.1.1", {"pod": "a", "role": "web"}, 81), pod("z", "c", "fd00::3", {}, 80))}
SPACE_OBJECTS = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {**labels, "kubernetes.io/metadata.name": name}}}
                 for name, labels in SPACES.items()]


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Manifest]:
    """A mapping with each field or without it."""
    return st.fixed_dictionaries({}, optional=fields)


def selectors(**values: list[str]) -> st.SearchStrategy[Manifest]:
    """Label selectors over these keys, each with the values that it may ask for; most ask for something."""
    names = {"space": "kubernetes.io/metadata.name"}
    pairs = st.sampled_from([(names.get(key, key), value) for key, found in values.items() for value in found])
    equal = pairs.map(lambda pair: {"matchLabels": dict([pair])})
    among = st.tuples(pairs, st.sampled_from(["In", "NotIn"]), pairs).map(
        lambda drawn: {"key": drawn[0][0], "operator": drawn[1], "values": [drawn[0][1], drawn[2][1]]})
    there = st.tuples(pairs, st.sampled_from(["Exists", "DoesNotExist"])).map(lambda drawn: {"key": drawn[0][0], "operator": drawn[1]})
    terms = st.one_of(among, there).map(lambda term: {"matchExpressions": [term]})
    return st.one_of(equal, terms, st.tuples(equal, terms).map(lambda both: {**both[0], **both[1]}), st.just({}))


OF_PODS, OF_SPACES = selectors(pod=["a", "b"], role=["web"]), selectors(team=["a", "b"], space=["x", "y"])
BLOCKS = st.sampled_from([
    {"cidr": "203.0.113.0/24"}, {"cidr": "203.0.113.0/24", "except": ["203.0.113.64/26"]}, {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]},
    {"cidr": "0.0.0.0/0"}, {"cidr": "2001:db8::/32"}, {"cidr": "::/0", "except": ["2001:db8::/64", "fd00::/8"]}, {"cidr": "10.1.0.0/24"},
    {"cidr": "10.1.0.2/32"}, {"cidr": "fd00::/8"}])
PEERS = st.one_of(
    st.fixed_dictionaries({"ipBlock": BLOCKS}), st.fixed_dictionaries({"podSelector": OF_PODS}), st.fixed_dictionaries({"namespaceSelector": OF_SPACES}),
    st.fixed_dictionaries({"podSelector": OF_PODS, "namespaceSelector": OF_SPACES}))
RULE_PORTS = st.lists(st.one_of(
    st.sampled_from([{"port": 80}, {"port": 81, "protocol": "UDP"}, {"port": 79, "endPort": 80}, {"port": 81, "endPort": 90, "protocol": "TCP"},
                     {"port": "serve"}, {"port": "serve", "protocol": "UDP"}, {"port": "none"}, {"protocol": "UDP"}, {}])), max_size=2)
SPECS = st.fixed_dictionaries({"podSelector": OF_PODS}, optional={
    "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"], []]),
    "ingress": st.lists(some(**{"from": st.lists(PEERS, max_size=2), "ports": RULE_PORTS}), min_size=1, max_size=2),
    "egress": st.lists(some(to=st.lists(PEERS, max_size=2), ports=RULE_PORTS), min_size=1, max_size=2)})
POLICIES = st.lists(st.tuples(st.sampled_from(["x", "y"]), SPECS), max_size=3).map(lambda found: [
    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"namespace": space, "name": f"p{place}"}, "spec": spec}
    for place, (space, spec) in enumerate(found)])


def sieve(selector: Manifest, labelled: dict[str, dict[str, str]]) -> set[str]:
    """The names of what a selector leaves of all there is."""
    left = set(labelled)
    for key, value in selector.get("matchLabels", {}).items():
        left = {name for name in left if (key, value) in labelled[name].items()}
    for term in selector.get("matchExpressions", []):
        with_key = {name for name in left if term["key"] in labelled[name]}
        chosen = {name for name in with_key if labelled[name][term["key"]] in term.get("values", [])}
        left = {"In": chosen, "NotIn": left - chosen, "Exists": with_key, "DoesNotExist": left - with_key}[term["operator"]]
    return left


class Table:
    """One way in which a network plugin may take the policies: with ipBlocks that hold Pods, or without."""

    def __init__(self, pods: dict[str, Manifest], policies: list[Manifest], blocks_hold_pods: bool) -> None:
        self.pods, self.blocks_hold_pods = pods, blocks_hold_pods
        self.labels = {name: item["metadata"]["labels"] for name, item in pods.items()}
        self.everybody = [*pods, *OUTSIDE]
        isolated: dict[str, set[str]] = {"from": set(), "to": set()}
        opened: dict[str, set[Cell]] = {"from": set(), "to": set()}
        for policy in policies:
            spec, space = policy["spec"], policy["metadata"]["namespace"]
            mine = {name for name in sieve(spec["podSelector"], self.labels) if name.startswith(space + "/")}
            types = spec.get("policyTypes") or ["Ingress"] + ["Egress"] * bool(spec.get("egress"))
            for kind, field, side in (("Ingress", "ingress", "from"), ("Egress", "egress", "to")):
                if kind in types:
                    isolated[side] |= mine
                    opened[side] |= {cell for rule in spec.get(field, []) for name in mine for cell in self.cells(rule, side, name, space)}
        every = set(itertools.product(self.everybody, self.everybody, PORTS))
        shut_in = {cell for cell in every if cell[1] in isolated["from"]} - opened["from"]
        shut_out = {cell for cell in every if cell[0] in isolated["to"]} - opened["to"]
        self.open = every - shut_in - shut_out

    def cells(self, rule: Manifest, side: str, mine: str, space: str) -> set[Cell]:
        """What a rule opens for one Pod."""
        others = set(self.everybody) if not rule.get(side) else {name for peer in rule[side] for name in self.peers(peer, space)}
        pairs = {(other, mine) if side == "from" else (mine, other) for other in others}
        return {(source, target, port) for source, target in pairs for port in PORTS if self.on_port(rule.get("ports"), target, port)}

    def on_port(self, wanted: list[Manifest] | None, target: str, port: tuple[int, str]) -> bool:
        if not wanted:
            return True
        named = {(entry["name"], entry["protocol"]): entry["containerPort"]
                 for container in self.pods.get(target, {}).get("spec", {}).get("containers", []) for entry in container["ports"]}
        listed: set[tuple[int, str]] = set()
        for entry in wanted:
            protocol, first = entry.get("protocol", "TCP"), entry.get("port")
            if isinstance(first, str):
                first = named.get((first, protocol), -1)
            numbers = range(1, 100) if first is None else range(first, entry.get("endPort", first) + 1)
            listed |= {(number, protocol) for number in numbers}
        return port in listed

    def peers(self, peer: Manifest, space: str) -> set[str]:
        if "ipBlock" in peer:
            addresses = {name: item["status"]["podIP"] for name, item in self.pods.items()} if self.blocks_hold_pods else {}
            return {name for name, text in {**addresses, **{text: text for text in OUTSIDE}}.items() if self.held(peer["ipBlock"], text)}
        spaces = {space}
        if "namespaceSelector" in peer:
            spaces = sieve(peer["namespaceSelector"], {name: {**labels, "kubernetes.io/metadata.name": name} for name, labels in SPACES.items()})
        return {name for name in sieve(peer.get("podSelector", {}), self.labels) if name.partition("/")[0] in spaces}

    @staticmethod
    def held(block: Manifest, text: str) -> bool:
        inside = [ipaddress.ip_address(text) in ipaddress.ip_network(cidr) for cidr in (block["cidr"], *block.get("except", []))]
        return inside[0] and not any(inside[1:])


def tables(policies: list[Manifest], *worlds: dict[str, Manifest]) -> list[Table]:
    return [Table(pods, policies, blocks) for pods in worlds or (PODS,) for blocks in (True, False)]


def modelled(policies: list[Manifest]) -> Policies:
    found = manifests([*policies, *SPACE_OBJECTS], "generated")
    return Policies.of([item for item in found if isinstance(item, NetworkPolicy)], namespaces=[item for item in found if isinstance(item, Namespace)])


def known(name: str) -> KnownPod:
    (item,) = manifests([PODS[name]], "generated")
    assert isinstance(item, Pod)
    return KnownPod(item)


def named(answers: set[bool]) -> type:
    return {(True,): Allowed, (False,): Denied}.get(tuple(sorted(answers)), Undecided)


@settings(max_examples=80, deadline=None)
@given(POLICIES)
def test_every_cell_of_the_table(policies: list[Manifest]) -> None:
    """Exactly: with all labels known the model is undecided only where plugins differ."""
    possible, model = tables(policies), modelled(policies)
    ends = {**{name: known(name) for name in PODS}, **{text: Outside((text,)) for text in OUTSIDE}}
    for source, target, port in itertools.product(ends, ends, PORTS):
        if source != target and not {source, target} <= {*OUTSIDE}:
            verdict = allowed(model, ends[source], ends[target], Port(*port))
            expected = named({(source, target, port) in table.open for table in possible})
            assert type(verdict) is expected, (source, target, port, verdict)


GUESSES = [{key: value for key, value in zip(("pod", "role", "team"), values, strict=True) if value}
           for values in itertools.product((None, "a", "b"), (None, "web", "x"), (None, "a"))]


@settings(max_examples=40, deadline=None)
@given(POLICIES, st.sampled_from(["x", "y"]), st.sampled_from([(), (("role", "web"),)]), st.sampled_from(PORTS), st.booleans())
def test_a_pod_whose_labels_are_not_known(
    policies: list[Manifest], space: str, having: tuple[tuple[str, str], ...], port: tuple[int, str], asks: bool
) -> None:
    """Soundly: what is allowed, or denied, is so whatever further labels, port names and addresses the Pod has."""
    stranger = f"{space}/stranger"
    worlds = [{**PODS, stranger: pod(space, "stranger", address, {**labels, **dict(having)}, first)}
              for labels in GUESSES for address, first in (("10.1.0.2", 80), ("10.9.9.9", 81))]
    possible, model = tables(policies, *worlds), modelled(policies)
    for other in PODS:
        source, target = (stranger, other) if asks else (other, stranger)
        ends = (AnyPod(space, having), known(other)) if asks else (known(other), AnyPod(space, having))
        verdict = allowed(model, ends[0], ends[1], Port(*port))
        answers = {(source, target, port) in table.open for table in possible}
        assert isinstance(verdict, Undecided) or type(verdict) is named(answers), (source, target, port, verdict)
