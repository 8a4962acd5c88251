"""Rules over the Pods behind a Service that can admit nobody: ports that the Pods do not have, namespaces that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.backends import AllNamespaces, Isolated, by_labels
from kubectl_svcdoctor.graph.netpol.labels import Labels, selects
from kubectl_svcdoctor.graph.netpol.policies import NAMESPACE_LABEL
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.policy import LabelSelector, NetworkPolicy, Peer, PolicyPort, Rule
from kubectl_svcdoctor.model.service import ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant


@dataclass(frozen=True, slots=True)
class WrongPort:
    """A rule that names the Service's port where policies see the Pods' own: `written` is what stands there, `meant` what the Pods have."""

    port: ServicePort
    policy: NetworkPolicy
    place: int
    rule: Rule
    written: PolicyPort
    meant: tuple[PolicyPort, ...]

    @property
    def missing(self) -> Rule:
        """The same rule for the Pods' ports."""
        return replace_ports(self.rule, self.meant)


class WrongPorts(tuple[WrongPort, ...]):
    """One for each rule that names a wrong port, of ports to which no rule admits anybody. Never empty."""


@dataclass(frozen=True, slots=True)
class NoNamespace:
    """A peer whose namespaceSelector picks no Namespace there is; `meant` is a Namespace whose name it has as a label's value."""

    policy: NetworkPolicy
    rule_place: int
    place: int
    selector: LabelSelector
    meant: str


class NoNamespaces(tuple[NoNamespace, ...]):
    """All such peers over the Pods; never empty."""


@derives
def wrong_ports(found: Isolated) -> WrongPorts | Irrelevant:
    wrong = [entry for port in found.service.spec.ports if found.closed(port) for entry in _wrong(found, port)]
    return WrongPorts(wrong) if wrong else Irrelevant("no rule names a port that the Pods do not have")


def _wrong(found: Isolated, port: ServicePort) -> Iterator[WrongPort]:
    numbers = found.numbers(port)
    meant = (PolicyPort(port.protocol, port.target),) if isinstance(port.target, str) and len(numbers) > 1 else tuple(
        PolicyPort(port.protocol, number) for number in numbers)
    for policy, place, rule in found.rules():
        written = next((entry for entry in rule.ports if _mistaken(entry, port, found, policy)), None)
        if written is not None:
            yield WrongPort(port, policy, place, rule, written, meant)


def _mistaken(entry: PolicyPort, port: ServicePort, found: Isolated, policy: NetworkPolicy) -> bool:
    """The Service's number, where no container has it; or a name that none has. A policy for all Pods may mean others by a name."""
    if entry.protocol != port.protocol or entry.port is None or entry.end_port:
        return False
    declared = {own for pod in found.pods for container in pod.spec.serving_containers for given in container.ports if given.protocol == port.protocol
                for own in (given.name, given.container_port)}
    targets = {number for other in found.service.spec.ports for number in found.numbers(other)}
    if entry.port in declared | targets:
        return False
    everybody = policy.spec.pod_selector == LabelSelector()
    return entry.port == port.port or (isinstance(entry.port, str) and (not everybody or entry.port == port.name))


def replace_ports(rule: Rule, ports: tuple[PolicyPort, ...]) -> Rule:
    """The rule for other ports."""
    return type(rule)(ports, rule.peers)


def replace_peers(rule: Rule, peers: tuple[Peer, ...]) -> Rule:
    """The rule for other peers."""
    return type(rule)(rule.ports, peers)


@derives
def no_namespaces(found: Isolated, namespaces: AllNamespaces) -> NoNamespaces | Irrelevant:
    known = {space.name: Labels(space.name, {**space.labels, NAMESPACE_LABEL: space.name}) for space in namespaces}
    dead = []
    for policy, rule_place, rule in found.rules():
        for place, peer in enumerate(rule.peers):
            selector = peer.namespace_selector
            if selector is not None and by_labels(selector) and not any(selects(selector, labels) is True for labels in known.values()):
                dead.append(NoNamespace(policy, rule_place, place, selector, _meant(selector, known)))
    return NoNamespaces(dead) if dead else Irrelevant("every namespaceSelector picks a Namespace")


def _meant(selector: LabelSelector, known: dict[str, Labels]) -> str:
    """The name of a Namespace that stands as the value of the one label that is asked for."""
    values = list(selector.match_labels.values()) + [value for term in selector.match_expressions if term.operator == "In" for value in term.values]
    return values[0] if len(values) == 1 and values[0] in known else ""

