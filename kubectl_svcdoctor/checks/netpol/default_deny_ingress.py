"""NetworkPolicies isolate the Pods behind the Service, and no rule admits the client.

Why it breaks:
A Pod that any policy selects for ingress is reached only by what the rules of all policies together admit. Policies see the Pod that calls, and the
port of the Pod that is called, whatever the Service is. A client that no rule names is refused or gets no answer, where the network plugin enforces
policies.

How to fix:
Add a rule for the client to a policy that selects the Pods: its labels, with the label kubernetes.io/metadata.name of its namespace where that is
another one, and the port of the Pods.

Look yourself:
kubectl get networkpolicies -n NAMESPACE -o yaml
kubectl get pods --show-labels

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-traffic
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol import missing_rule
from kubectl_svcdoctor.graph.netpol.backends import Isolated
from kubectl_svcdoctor.graph.netpol.enforced import Prediction
from kubectl_svcdoctor.graph.netpol.mistakes import NoNamespaces, WrongPorts
from kubectl_svcdoctor.graph.netpol.reasons import Reason, Reasons, ask_again, facts, nameable, narrowest, opening
from kubectl_svcdoctor.graph.netpol.words import policies_text
from kubectl_svcdoctor.graph.proxy.denials import denial_text
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("POL101", "np-default-deny-ingress")
def default_deny_ingress(
    service: Service, isolated: Isolated | None = None, reasons: Reasons | None = None, predicted: Prediction | None = None,
    wrong: WrongPorts | None = None, gone: NoNamespaces | None = None,
) -> Iterator[Problem]:
    """That nobody at all is admitted needs no client to be told; a client shows that it is enforced."""
    unmeant = [reason for reason in reasons or () if reason.cause is None]
    nobody = isolated and not wrong and not gone and service.spec.ports and all(map(isolated.closed, service.spec.ports))
    if isolated and predicted and nobody:
        yield _nobody(service, isolated, predicted, next((reason for reason in unmeant if reason.bar.seen), None))
    else:
        yield from (_client(service, reason) for reason in unmeant)


def _nobody(service: Service, isolated: Isolated, predicted: Prediction, met: Reason | None) -> Problem:
    policy = narrowest(isolated.policies)
    limited = f"their ingress is limited by {policies_text(isolated.policies)}, without a rule for any of the Pods' ports"
    return Problem(
        object=policy, severity=Severity.ERROR if met else predicted.severity, partial=met is not None, field=("spec", "ingress"),
        summary=f"no NetworkPolicy admits anybody to the Pods of Service {service.name}",
        evidence=(*((f"Pod {met.client.pod.name} was kept out", *facts(met.bar)) if met else ()), limited, *(() if met else (predicted.told,))),
        fix=_admitting(met) if met else ask_again(service.namespace, service.name),
    )


def _client(service: Service, reason: Reason) -> Problem:
    bar, client = reason.bar, reason.client
    return Problem(
        object=narrowest(bar.denial.policies), port=bar.port.label, severity=Severity.ERROR if bar.seen else Severity.INFO, partial=True,
        field=("spec", "ingress"),
        summary=f"no NetworkPolicy admits Pod {client.pod.name} to port {bar.words} of the Pods of Service {service.name}",
        evidence=(*facts(bar), denial_text(bar.denial)), fix=_admitting(reason),
    )


def _admitting(reason: Reason) -> Fix:
    bar, client, policy = reason.bar, reason.client, narrowest(reason.bar.denial.policies)
    rule = missing_rule("Ingress", policy.namespace, client, *bar.ports) if nameable(client) else None
    return opening(f"admit Pods with the labels of Pod {client.pod.name} on port {bar.words}", policy, rule)
