"""Why the policies over the Pods do not admit the client: the rule that was probably meant for it, if there is one, and the one that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.judged import Bar, Barred, Calls
from kubectl_svcdoctor.graph.netpol.labels import selects
from kubectl_svcdoctor.graph.netpol.missing import PASSING, adding
from kubectl_svcdoctor.graph.netpol.mistakes import NoNamespace, NoNamespaces, WrongPort, WrongPorts
from kubectl_svcdoctor.graph.netpol.parties import KnownPod
from kubectl_svcdoctor.graph.netpol.rules import ports_match
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.finding import Fix, patching
from kubectl_svcdoctor.model.policy import LabelSelector, NetworkPolicy, Peer, Rule
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.snapshot import Irrelevant


@dataclass(frozen=True, slots=True)
class OwnNamespaceOnly:
    """A peer that has the client's labels and no namespaceSelector, so that it means Pods of the policy's own namespace."""

    policy: NetworkPolicy
    rule: Rule
    peer: Peer


@dataclass(frozen=True, slots=True)
class Reason:
    """One port of the Service that the policies over its Pods do not open to the client; `cause` is None where no rule is meant for it."""

    bar: Bar
    client: KnownPod
    cause: WrongPort | OwnNamespaceOnly | NoNamespace | None


class Reasons(tuple[Reason, ...]):
    """One for each port that is closed to the client; never empty."""


@derives
def reasons(found: Calls, barred: Barred, wrong: WrongPorts | None = None, gone: NoNamespaces | None = None) -> Reasons | Irrelevant:
    told = [Reason(bar, found.client, next(_causes(bar, found.client, wrong or (), gone or ()), None)) for bar in barred.by("Ingress")]
    return Reasons(told) if told else Irrelevant("the policies over the Pods let the client in")


def _causes(
    bar: Bar, client: KnownPod, wrong: tuple[WrongPort, ...], gone: tuple[NoNamespace, ...]
) -> Iterator[WrongPort | OwnNamespaceOnly | NoNamespace]:
    missed = {(near.policy.name, near.place) for near in bar.denial.near if near.lacks == "port"}
    yield from (entry for entry in wrong if entry.port == bar.port and (entry.policy.name, entry.place) in missed)
    for entry in gone:
        rule = entry.policy.rules("Ingress")[entry.rule_place]
        if entry.meant == client.namespace and _names(rule, bar) and _picks(rule.peers[entry.place].pod_selector, client):
            yield entry
    for policy in bar.denial.policies:
        for rule in policy.rules("Ingress"):
            for peer in rule.peers if policy.namespace != client.namespace and _names(rule, bar) else ():
                if peer.pod_selector and peer.pod_selector != LabelSelector() and peer.namespace_selector is None and _picks(peer.pod_selector, client):
                    yield OwnNamespaceOnly(policy, rule, peer)


def _names(rule: Rule, bar: Bar) -> bool:
    return all(ports_match(rule, port, KnownPod(call.pod)) is True for port, call in zip(bar.ports, bar.calls, strict=False))


def _picks(selector: LabelSelector | None, client: KnownPod) -> bool:
    return selector is None or selects(selector, client.labels) is True


def facts(bar: Bar) -> Iterator[str]:
    """What became of the connections; where none was tried, that."""
    failed = [call for call in bar.calls if call.failed and call.reply]
    for call in failed[:2]:
        words = call.reply.words if call.reply else ""
        yield f"Pod {call.pod.name} on node {call.pod.spec.node_name}: {words} at {at(call.pod.status.pod_ip, call.number)}"
    if not failed:
        yield "no connection was tried from there, and whether the network plugin enforces NetworkPolicies was not checked"


def narrowest(policies: tuple[NetworkPolicy, ...]) -> NetworkPolicy:
    """The one that selects by the most terms: a rule in it opens the fewest Pods beside those that are meant."""
    return max(policies, key=lambda policy: len(policy.spec.pod_selector.match_labels) + len(policy.spec.pod_selector.match_expressions))


def opening(summary: str, policy: NetworkPolicy, rule: Rule | None) -> Fix:
    """A fix that gives a policy one rule more, and says where that opens more than the connection."""
    if rule is None:
        return Fix(summary, (kubectl("get", policy, "-o", "yaml", namespace=policy.namespace),))
    wide = policy.spec.pod_selector == LabelSelector()
    whose = f"; NetworkPolicy {policy.name} selects all Pods of namespace {policy.namespace}, so the rule holds for all of them" if wide else ""
    return patching(f"{summary}{whose}", policy, adding(policy, rule))


def nameable(client: KnownPod) -> bool:
    """Whether labels tell the Pod from others of its namespace."""
    return client.host_network or any(key not in PASSING for key in client.pod.labels)


def ask_again(namespace: str, service: str) -> Fix:
    """What to do where nobody knows which client is meant."""
    command = diagnosis(service, "--from", "pod/NAME", namespace=namespace)
    return Fix("examine it from a client that is meant to call it: that names the missing rule", (command,))
