"""Who may call the Pods behind a Service, as a table: what each policy admits on which port, and what all of them together say of kinds of clients."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.graph.netpol.backends import AllNamespaces, Isolated
from kubectl_svcdoctor.graph.netpol.decide import ingress
from kubectl_svcdoctor.graph.netpol.judged import Call, Calls
from kubectl_svcdoctor.graph.netpol.parties import AnyPod, KnownPod, NodeItself, Outside, PodElsewhere, Port, Source
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Allowed, Denied
from kubectl_svcdoctor.graph.netpol.words import peers_text
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.evidence import Nodes
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.table import Cell, Row, Table

RULES_SHOWN = 2


class Admitted(Table):
    """Policies and clients × ports of the Service."""


@derives
def admitted(found: Isolated, nodes: Nodes | None = None, namespaces: AllNamespaces | None = None, made: Calls | None = None) -> Admitted:
    service = found.service
    policies = Policies.of(found.policies, [service.namespace], namespaces or ())
    rows = [Row(f"NetworkPolicy {policy.name}", tuple(Cell(_whom(found, policy, port)) for port in service.spec.ports)) for policy in found.policies]
    rows += [Row(called, tuple(Cell(_together(found, policies, source, port)) for port in service.spec.ports))
             for called, source in _clients(service, found, nodes or Nodes())]
    if made:
        rows.append(Row(f"Pod {made.client.pod.name}", tuple(_cell([call for call in made.calls if call.port == port]) for port in service.spec.ports)))
    heads = (f"{port.label} (Pods: {', '.join(map(str, found.numbers(port))) or 'none'})" for port in service.spec.ports)
    return Admitted(f"who may call the Pods of Service {service.name}", ("as they say", *heads), tuple(rows),
                    "what NetworkPolicies say; that they are enforced is for the network plugin", frozenset({"netpol"}))


def _whom(found: Isolated, policy: NetworkPolicy, port: ServicePort) -> str:
    said = list(dict.fromkeys(peers_text(rule) for rule in policy.rules("Ingress") if found.names(rule, port)))
    more = f"; {len(said) - RULES_SHOWN} more" if len(said) > RULES_SHOWN else ""
    return "; ".join(said[:RULES_SHOWN]) + more or "nobody"


def _clients(service: Service, found: Isolated, nodes: Nodes) -> Iterator[tuple[str, Source]]:
    """Kinds of clients. Those outside arrive with a node's address unless externalTrafficPolicy is Local."""
    yield f"any Pod of namespace {service.namespace}", AnyPod(service.namespace)
    yield "any Pod of another namespace", PodElsewhere(service.namespace)
    if service.spec.type not in ("NodePort", "LoadBalancer") and not service.spec.external_ips:
        return
    if service.spec.external_traffic_policy == "Local":
        yield "anybody outside", Outside()
        return
    near = {pod.spec.node_name for pod in found.pods}
    node = next((node for node in nodes if len(near) > 1 or node.name not in near), None)
    if node is not None:
        yield "anybody outside, by way of another node", NodeItself(node)


def _together(found: Isolated, policies: Policies, source: Source, port: ServicePort) -> str:
    """What holds for all of the Pods; a node's way to its own Pods is left aside."""
    numbers = [(pod, number) for pod in found.pods if (number := target_number(port, pod))
               and not (isinstance(source, NodeItself) and source.node.name == pod.spec.node_name)]
    said = {type(ingress(policies, source, KnownPod(pod), Port(number, port.protocol))) for pod, number in numbers}
    return "" if not said else "allowed" if said == {Allowed} else "denied" if said == {Denied} else "it depends"


def _cell(calls: list[Call]) -> Cell:
    """What the policies of both sides say of the client that was named, and what became of its connections."""
    if not calls:
        return Cell("not judged", "none")
    said = {type(call.verdict) for call in calls}
    words = "allowed" if said == {Allowed} else "denied" if said == {Denied} else "it depends"
    tried = [call.reply for call in calls if call.reply]
    failed = next((reply for reply in tried if not reply.open), None)
    if not tried:
        return Cell(f"{words}, not tried", "none")
    return Cell(f"{words}; {failed.words}", "broken") if failed else Cell(f"{words}; connects", "ok")
