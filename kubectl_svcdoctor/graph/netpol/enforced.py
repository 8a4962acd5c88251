"""Whether anybody enforces NetworkPolicies: a fact of its own, which connections tell. Without one, what policies deny is a prediction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.backends import Isolated
from kubectl_svcdoctor.graph.netpol.decide import ingress
from kubectl_svcdoctor.graph.netpol.judged import Calls
from kubectl_svcdoctor.graph.netpol.parties import APIServer, KnownPod, Port
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Allowed
from kubectl_svcdoctor.graph.ports.listeners import Listener, Listeners
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Severity


@dataclass(frozen=True, slots=True)
class Prediction:
    """How much a denial weighs that no client has run into, and the sentence on what is known of enforcement."""

    severity: Severity
    told: str


@derives
def prediction(found: Isolated, listeners: Listeners | None = None, made: Calls | None = None) -> Prediction:
    """A remark only, where something came through that the policies do not surely allow."""
    if made and made.unenforced:
        call = made.unenforced[0]
        return Prediction(Severity.INFO, f"Pod {made.client.pod.name} reached Pod {call.pod.name} on port {call.number}, which the policies deny: "
                                         "they are not enforced there")
    through = _let_in(found, listeners or ())
    if through:
        return Prediction(Severity.INFO, f"the API server's connection to port {through.port} of Pod {through.pod.name} was accepted: nobody enforces "
                                         "the policies there, or the API server is let in, or that connection is older than they are")
    service = found.service
    unlock = diagnosis(service, "--from", "pod/NAME", namespace=service.namespace)
    return Prediction(Severity.WARNING, f"whether the network plugin enforces NetworkPolicies was not checked; a client tells: {unlock}")


def _let_in(found: Isolated, listeners: Iterable[Listener]) -> Listener | None:
    """A Pod whose address answers the API server although the policies do not surely let it in."""
    policies = Policies.of(found.policies, read=[found.service.namespace])
    return next((entry for entry in listeners if entry.address and not isinstance(
        ingress(policies, APIServer(), KnownPod(entry.pod), Port(entry.port)), Allowed)), None)
