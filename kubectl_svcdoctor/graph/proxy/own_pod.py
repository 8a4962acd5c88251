"""The Pod that was created to ask from: no client that anybody has written policies for, so that what they deny it says nothing of the Service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kubectl_svcdoctor.graph.dns.client import NamespacePolicies
from kubectl_svcdoctor.graph.netpol import Allowed, Denied, KnownPod, Outside, Policies, Port, Verdict, egress
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.denials import denial_text
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import Vantage, VantagePod
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.questions import DialFrom
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, Unknown

Q = TypeVar("Q")
_RUNS = Irrelevant("--from names a Pod that runs: what it is denied is the answer")


class ServicePolicies(tuple[NetworkPolicy, ...]):
    """The NetworkPolicies of the Service's namespace; read where a Pod was created to ask from."""


@dataclass(frozen=True, slots=True)
class OwnPod:
    """That Pod, and the policies over both ends of its connections as far as they could be read. `typed` is what --from was given."""

    typed: str
    pod: KnownPod
    policies: Policies

    def telling(
        self, replies: Mapping[Q, Reply], failed: Callable[[Reply], bool], verdict: Callable[[Q], Verdict], what: str, service: Service | None
    ) -> dict[Q, Reply]:
        """The replies, with Unknown in the place of failures at what the policies do not surely let this Pod reach, as `verdict` says of each question.
        Where any of that was reached, nobody enforces them, and a failure has another reason."""
        known = {question: reply for question, reply in replies.items() if not isinstance(reply, Unknown)}
        limits = {question: said for question in known if not isinstance(said := verdict(question), Allowed)}
        if any(not failed(known[question]) for question in limits):
            return dict(replies)
        return {question: self._untold(limits[question], what, service) if question in limits else reply for question, reply in replies.items()}

    def connections(self, replies: Mapping[DialFrom, Reply], what: str, service: Service) -> dict[DialFrom, Reply]:
        """The same of connections to addresses that are no Pods': of those only this side's policies are known."""
        return self.telling(replies, shut, lambda dial: egress(self.policies, self.pod, Outside((dial.address,)), Port(dial.port)), what, service)

    def reaches(self, called: str) -> str:
        """What was tried, as a report names it."""
        return f"whether the Pod that --from {self.typed} creates reaches {called}"

    def _untold(self, said: Verdict, what: str, service: Service | None) -> Unknown:
        why = ", and ".join(map(denial_text, said.by)) if isinstance(said, Denied) else "; ".join(() if isinstance(said, Allowed) else said.why)
        again = ("--from", "pod/NAME")
        command = diagnosis(service, *again, namespace=service.namespace) if service else diagnosis(*again)
        return Unknown(what, "unreachable", f"the attempt failed: {why}", f"try it from a client that is meant to reach it: {command}")


def shut(reply: Reply) -> bool:
    """Whether no connection came about."""
    return not getattr(reply, "open", True)


@asks(ServicePolicies)
def service_policies(vantage: Vantage, service: Service) -> Query[NetworkPolicy] | Irrelevant:
    return Query(NetworkPolicy, service.namespace) if vantage.created else _RUNS


@derives
def own_pod(
    vantage: Vantage, client: VantagePod, policies: NamespacePolicies | None = None, others: ServicePolicies | None = None, service: Service | None = None
) -> OwnPod | Irrelevant:
    if not vantage.created or not client:
        return _RUNS
    found = {policy.ref: policy for policy in (*(policies or ()), *(others or ()))}
    read = [vantage.namespace] * (policies is not None) + ([service.namespace] if service and others is not None else [])
    return OwnPod(vantage.typed, KnownPod(client[0]), Policies.of(found.values(), read))
