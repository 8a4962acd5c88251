"""The Pods behind a Service that NetworkPolicies isolate for ingress, and what the rules of these say of each port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.decide import selecting
from kubectl_svcdoctor.graph.netpol.parties import KnownPod, Port
from kubectl_svcdoctor.graph.netpol.policies import NAMESPACE_LABEL, Policies
from kubectl_svcdoctor.graph.netpol.rules import ports_match
from kubectl_svcdoctor.graph.netpol.verdict import Undecided
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.cluster import Namespace
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.policy import LabelSelector, NetworkPolicy, Rule
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod


class BackendPolicies(tuple[NetworkPolicy, ...]):
    """The NetworkPolicies of the namespace of the Pods behind the Service."""


class AllNamespaces(tuple[Namespace, ...]):
    """All Namespaces; read only where a policy over the Pods behind the Service picks namespaces by other labels than their name."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """The Pods behind the Service to which clients are sent, where policies isolate all of them for ingress; `policies` are those that do.

    Pods on their node's network are none of them: network plugins differ in whether policies apply to these.
    """

    service: Service
    pods: tuple[Pod, ...]
    policies: tuple[NetworkPolicy, ...]

    def rules(self) -> Iterator[tuple[NetworkPolicy, int, Rule]]:
        """Each rule with its policy and its place there."""
        for policy in self.policies:
            for place, rule in enumerate(policy.rules("Ingress")):
                yield policy, place, rule

    def numbers(self, port: ServicePort) -> tuple[int, ...]:
        """The numbers that the Pods have for a port of the Service."""
        return tuple(dict.fromkeys(number for pod in self.pods if (number := target_number(port, pod))))

    def names(self, rule: Rule, port: ServicePort) -> bool:
        """Whether a rule admits anybody to that port of any of the Pods."""
        found = ((pod, target_number(port, pod)) for pod in self.pods)
        return any(number and ports_match(rule, Port(number, port.protocol), KnownPod(pod)) is not False for pod, number in found)

    def closed(self, port: ServicePort) -> bool:
        """Whether no rule of any policy admits anybody to that port."""
        return bool(self.numbers(port)) and not any(self.names(rule, port) for _, _, rule in self.rules())


@dataclass(frozen=True, slots=True)
class Unlimited:
    """No NetworkPolicy limits who may call any of the Pods behind the Service; what policies of other kinds do is not known."""


@asks(BackendPolicies)
def backend_policies(service: Service, pods: SelectedPods) -> Query[NetworkPolicy] | Irrelevant:
    return Query(NetworkPolicy, service.namespace) if limited(pods) else Irrelevant("no Pod is there that a policy could limit")


def limited(pods: SelectedPods) -> tuple[Pod, ...]:
    """The Pods that clients are sent to and that have an address of their own."""
    return tuple(pod for pod in pods if pod.ready and not pod.terminating and pod.status.pod_ip and not pod.spec.host_network)


@derives
def isolated(service: Service, pods: SelectedPods, read: BackendPolicies) -> Isolated | Unlimited | Irrelevant:
    found = Policies.of(read, read=[service.namespace])
    chosen = [selecting(found, "Ingress", KnownPod(pod)) for pod in limited(pods)] if read else []
    if not any(chosen):
        return Unlimited()
    if not all(chosen):
        return Irrelevant("NetworkPolicies limit who may call some of the Pods, and not all of them")
    policies = {policy.name: policy for group in chosen if not isinstance(group, Undecided) for policy in group}
    return Isolated(service, limited(pods), tuple(policies[name] for name in sorted(policies)))


@asks(AllNamespaces)
def all_namespaces(found: Isolated) -> Query[Namespace] | Irrelevant:
    if not any(by_labels(peer.namespace_selector) for _, _, rule in found.rules() for peer in rule.peers):
        return Irrelevant("no rule picks namespaces by other labels than their name")
    return Query(Namespace)


def by_labels(selector: LabelSelector | None) -> bool:
    """Whether it takes the labels of Namespaces to know which of them a selector picks."""
    if selector is None:
        return False
    return any(key != NAMESPACE_LABEL for key in (*selector.match_labels, *(term.key for term in selector.match_expressions)))
