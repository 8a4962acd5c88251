"""Refusals that may be a policy engine's: only those that are the Pod's own tell what listens in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kubectl_svcdoctor.graph.netpol import Allowed, APIServer, KnownPod, Policies, Port, Undecided, ingress, selecting
from kubectl_svcdoctor.graph.ports.dialled import Dials, FurtherDials, Others, Representatives
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, Unknown
from kubectl_svcdoctor.model.workload import Pod


class TellingDials(dict[Dial, Dialled | Unknown]):
    """Both together, without refusals that may be a policy engine's."""


class IngressPolicies(tuple[NetworkPolicy, ...]):
    """The NetworkPolicies of the namespace; read only where a Pod's address refuses the API server and its loopback does not: an engine may refuse for it."""


@asks(IngressPolicies)
def ingress_policies(service: Service, replies: Dials) -> Query[NetworkPolicy] | Irrelevant:
    if not any(_refused_at_address_alone(replies, question) for question in replies):
        return Irrelevant("no Pod refuses at its address alone")
    return Query(NetworkPolicy, service.namespace)


def _refused_at_address_alone(replies: Mapping[Dial, Dialled | Unknown], question: Dial) -> bool:
    """A Pod that refuses at its loopback too does it itself; a policy engine does not see that."""
    reply, inner = replies[question], replies.get(replace(question, way="port-forward"))
    closed = isinstance(inner, Dialled) and not inner.open
    return question.way == "pod-proxy" and isinstance(reply, Dialled) and not reply.open and not closed


@derives
def telling(
    service: Service, pods: Representatives, first: Dials, policies: IngressPolicies | None = None, more: Others | None = None,
    further: FurtherDials | None = None,
) -> TellingDials:
    """A refusal at the address alone is the Pod's own only if it is known that the NetworkPolicies let the API server in."""
    by_name = {pod.name: pod for pod in (*pods, *(more or ()))}
    replies = {**first, **(further or {})}
    admitted = f"try it from a client that is admitted: {diagnosis(service, '--from', 'pod/NAME', namespace=service.namespace)}"
    return TellingDials({
        question: Unknown(question.what, "not-tried", f"the API server's connection was refused, and {_doubt(by_name[question.pod], policies)}", admitted)
        if _refused_at_address_alone(replies, question) and question.pod in by_name and not _let_in(by_name[question.pod], question.port, policies) else reply
        for question, reply in replies.items()
    })


def _doubt(pod: Pod, policies: IngressPolicies | None) -> str:
    """Why the refusal may be a policy engine's."""
    limiting = () if policies is None else selecting(Policies.of(policies, read=[pod.namespace]), "Ingress", KnownPod(pod))
    if policies is None or isinstance(limiting, Undecided):
        return "whether a NetworkPolicy isolates the Pod is not known"
    kind, verb = ("NetworkPolicy", "limits") if len(limiting) == 1 else ("NetworkPolicies", "limit")
    return f"{kind} {', '.join(policy.name for policy in limiting)} {verb} who may connect to the Pod"


def _let_in(pod: Pod, port: int, policies: IngressPolicies | None) -> bool:
    if policies is None:
        return False
    return isinstance(ingress(Policies.of(policies, read=[pod.namespace]), APIServer(), KnownPod(pod), Port(port)), Allowed)
