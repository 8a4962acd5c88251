"""May this source talk to that target? All policies of both sides together decide (networking/v1 API reference, NetworkPolicySpec).

A Pod that no policy selects for a direction may talk freely in it; one that is selected may do what any rule of any policy that selects it allows. The
source's egress and the target's ingress must both allow a connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.labels import selects
from kubectl_svcdoctor.graph.netpol.missing import missing_rule
from kubectl_svcdoctor.graph.netpol.parties import AnyPod, APIServer, KnownPod, NodeItself, Outside, Party, PodElsewhere, Port, Source, Target, on_node
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.rules import peers_match, ports_match
from kubectl_svcdoctor.graph.netpol.verdict import Allowed, Answer, Denial, Denied, NearMiss, Undecided, Verdict, all_of, any_of, undecided
from kubectl_svcdoctor.model.policy import Direction, NetworkPolicy


def allowed(policies: Policies, source: Source, target: Target, port: Port) -> Verdict:
    """Whether the policies of both sides allow a connection. A denial of one side beats what is not known of the other."""
    sides = (egress(policies, source, target, port), ingress(policies, source, target, port))
    denials = tuple(denial for side in sides if isinstance(side, Denied) for denial in side.by)
    if denials:
        return Denied(denials)
    reasons = [reason for side in sides if isinstance(side, Undecided) for reason in side.why]
    return undecided(reasons) if reasons else Allowed()


def egress(policies: Policies, source: Source, target: Target, port: Port) -> Verdict:
    """Whether the policies of the source's namespace let it send. Only Pods are isolated; the way to a Pod's own node is always open."""
    if isinstance(source, PodElsewhere):
        return _from_elsewhere(policies, source)
    if not isinstance(source, KnownPod | AnyPod) or _with_own_node(source, target):
        return Allowed()
    return _judged(policies, "Egress", source, target, port, target)


def ingress(policies: Policies, source: Source, target: Target, port: Port) -> Verdict:
    """Whether the policies of the target's namespace let the packets in. Those of a Pod's own node always get in: the kubelet's probes do."""
    if not isinstance(target, KnownPod | AnyPod) or _with_own_node(target, source):
        return Allowed()
    return _judged(policies, "Ingress", target, source, port, target)


def selecting(policies: Policies, direction: Direction, pod: KnownPod | AnyPod) -> tuple[NetworkPolicy, ...] | Undecided:
    """The policies that isolate a Pod in that direction."""
    limiting = policies.limiting(direction, pod.namespace)
    if isinstance(limiting, Undecided):
        return limiting
    chosen = [(policy, selects(policy.spec.pod_selector, pod.labels)) for policy in limiting]
    reasons = [reason for _, answer in chosen if isinstance(answer, Undecided) for reason in answer.why]
    return undecided(reasons) if reasons else tuple(policy for policy, answer in chosen if answer is True)


def _with_own_node(pod: KnownPod | AnyPod, other: Party) -> bool:
    return isinstance(pod, KnownPod) and on_node(other, pod.pod.spec.node_name)


def _from_elsewhere(policies: Policies, source: PodElsewhere) -> Verdict:
    limiting = any(policy.limits("Egress") for namespace, group in policies.by_namespace.items() if namespace != source.than for policy in group)
    if policies.read is not None or limiting:
        return Undecided(("it is not known which NetworkPolicies the client's namespace has",))
    return Allowed()


@dataclass(frozen=True, slots=True)
class _Judged:
    """One policy: whether it selects the Pod, and whether a rule of it matches."""

    policy: NetworkPolicy
    selects: Answer
    matches: Answer
    near: tuple[NearMiss, ...]


def _judged(policies: Policies, direction: Direction, pod: KnownPod | AnyPod, other: Party, port: Port, target: Target) -> Verdict:
    limiting = policies.limiting(direction, pod.namespace)
    if isinstance(limiting, Undecided):
        return limiting
    every = [_judge(policies, direction, policy, pod, other, port, target) for policy in limiting]
    found = _together([entry for entry in every if entry.selects is not False])
    if isinstance(found, Undecided) and isinstance(other, Outside) and len(other.within) > 1:
        # Each part may be allowed by another ipBlock, as IPv4 and IPv6 are.
        parts = (_judged(policies, direction, pod, Outside((part,)), port, target) for part in other.within)
        return Allowed() if all(isinstance(part, Allowed) for part in parts) else found
    if not isinstance(found, tuple):
        return found
    doubts = tuple(_doubts(pod, other))
    if doubts:
        return Undecided(doubts)
    missing = missing_rule(direction, pod.namespace, other, port)
    return Denied((Denial(direction, tuple(entry.policy for entry in found), missing, tuple(near for entry in found for near in entry.near)),))


def _doubts(pod: KnownPod | AnyPod, other: Party) -> Iterator[str]:
    """What may let a connection through although the policies deny it: the exceptions, as far as they are left open."""
    if isinstance(pod, KnownPod) and pod.host_network:
        yield f"network plugins differ in whether policies apply to Pods on their node's network, such as {pod.pod.name}"
    if isinstance(pod, KnownPod) and isinstance(other, KnownPod) and pod.pod.ref == other.pod.ref:
        yield "network plugins differ in whether policies apply to what a Pod sends to itself"
    if isinstance(other, APIServer):
        yield "it is not known whether the API server connects from the Pod's own node, which is always let in"
    if isinstance(pod, AnyPod) and (isinstance(other, NodeItself) or (isinstance(other, KnownPod) and other.host_network)):
        yield "a Pod's own node is always let through, and it is not known which nodes the Pods run on"


def _together(chosen: list[_Judged]) -> Allowed | Undecided | tuple[_Judged, ...]:
    """The policies that deny it, where none allows it; `chosen` are those that select the Pod, or that might."""
    sure = tuple(entry for entry in chosen if entry.selects is True)
    if any(entry.matches is True for entry in sure) or (not sure and all(entry.matches is True for entry in chosen)):
        return Allowed()
    if sure and all(entry.matches is False for entry in chosen):
        return sure
    return undecided(reason for entry in chosen for reason in _reasons(entry, bool(sure)))


def _reasons(entry: _Judged, isolated: bool) -> Iterator[str]:
    """A policy that has no rule for the connection matters only as long as nothing else isolates the Pod."""
    if isinstance(entry.matches, Undecided):
        yield from entry.matches.why
    if isinstance(entry.selects, Undecided) and (entry.matches is not False or not isolated):
        yield from entry.selects.why


def _judge(policies: Policies, direction: Direction, policy: NetworkPolicy, pod: KnownPod | AnyPod, other: Party, port: Port, target: Target) -> _Judged:
    answers, near = [], []
    for place, rule in enumerate(policy.rules(direction)):
        by_peer, by_port = peers_match(rule, policy.namespace, other, policies), ports_match(rule, port, target)
        answers.append(all_of((by_peer, by_port)))
        if by_peer is True and by_port is False:
            near.append(NearMiss(policy, place, "port"))
        elif by_port is True and by_peer is False:
            near.append(NearMiss(policy, place, "peer"))
    return _Judged(policy, selects(policy.spec.pod_selector, pod.labels), any_of(answers), tuple(near))
