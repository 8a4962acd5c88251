"""A NetworkPolicy names a port that the Pods do not have, such as the Service's, and no rule names the Pods' own.

Why it breaks:
A Service's port is translated to a port of the Pods before policies look at a packet. A rule for the Service's port, or for a name that no container
declares, admits nobody; what clients connect to stays closed to all of them, where the network plugin enforces policies.

How to fix:
Add the port of the Pods to the policy: the targetPort of the Service, by number or by the name that the containers declare.

Look yourself:
kubectl get networkpolicies -n NAMESPACE -o yaml
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.enforced import Prediction
from kubectl_svcdoctor.graph.netpol.mistakes import WrongPort, WrongPorts
from kubectl_svcdoctor.graph.netpol.reasons import Reason, Reasons, facts, opening
from kubectl_svcdoctor.graph.netpol.words import peers_text
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("POL102", "np-wrong-port-number")
def wrong_port(service: Service, wrong: WrongPorts, predicted: Prediction, reasons: Reasons | None = None) -> Iterator[Problem]:
    """Of several such rules of one policy the one that is meant for the client comes first."""
    told: dict[tuple[str, str], None] = {}
    for entry in sorted(wrong, key=lambda entry: _met(entry, reasons or ()) is None):
        key = (entry.policy.name, entry.port.label)
        if key not in told:
            told[key] = None
            yield _problem(service, entry, _met(entry, reasons or ()), predicted)


def _met(entry: WrongPort, reasons: Iterable[Reason]) -> Reason | None:
    return next((reason for reason in reasons if reason.cause == entry and reason.bar.seen), None)


def _problem(service: Service, entry: WrongPort, met: Reason | None, predicted: Prediction) -> Problem:
    own = entry.written.port == entry.port.port
    ports = ", ".join(str(port.port) for port in entry.meant)
    what = f"port {entry.written.port}, the port of Service {service.name}" if own else f'port "{entry.written.port}", which no container declares'
    return Problem(
        object=entry.policy, port=entry.port.label, severity=Severity.ERROR if met else predicted.severity, partial=met is not None,
        field=("spec", "ingress"),
        summary=f"NetworkPolicy {entry.policy.name} admits clients on {what}; the Pods take them on port {ports}",
        evidence=(*(facts(met.bar) if met else ()), f"the rule is for {peers_text(entry.rule)}; policies see the port of the Pods, after its translation",
                  f"no rule admits anybody on port {ports}", *(() if met else (predicted.told,))),
        fix=opening(f"admit the same clients on port {ports}", entry.policy, entry.missing),
    )
