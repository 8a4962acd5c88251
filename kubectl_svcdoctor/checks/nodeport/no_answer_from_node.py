"""A node gives no answer at a node port that other nodes forward.

Why it breaks:
What comes to the node is dropped: by its firewall, because the node is off or cut off, or because it cannot pass it on to an endpoint of another node.
A node without rules for the port refuses instead of being silent.

How to fix:
See whether the node is up, then look at its firewall, then at its way to the Pods of other nodes (the network plugin, source and destination checks of a
cloud, reverse path filters).

Look yourself:
nc -zv -w 2 NODE-ADDRESS NODE-PORT
kubectl describe node NODE

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.accusation import accused, beyond, by_server, look_at, passed_on
from kubectl_svcdoctor.graph.nodeport.dead_locals import DeadLocals
from kubectl_svcdoctor.graph.nodeport.suspects import Suspect, everywhere, silent
from kubectl_svcdoctor.graph.nodeport.views import NodePortsByServer, PodView, Views
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD203", "node-port-silent")
def no_answer_from_node(
    service: Service, slices: ServiceSlices, views: Views, pod: PodView | None = None, server: NodePortsByServer | None = None,
    dead: DeadLocals | None = None,
) -> Iterator[Problem]:
    """Where another vantage gets an answer there, the node is not the matter; where only nodes without an endpoint are silent, the way between nodes is."""
    for view in views:
        for suspect in silent(view):
            blamed = accused(suspect, dead)
            if blamed and not beyond(blamed, pod, server) and not passed_on(blamed, service, slices):
                yield _problem(service, blamed, server, Severity.WARNING,
                               "see whether {node} is up; then look at its firewall, and at its way to the Pods of other nodes")
                return
    for suspect in everywhere(views[0], lambda attempt: attempt.silent):
        if not beyond(suspect, pod, server):
            yield _problem(service, suspect, server, Severity.ERROR,
                           "look at the firewalls before {node}, and at the NetworkPolicies of the Pods, which may admit no client from outside")


def _problem(service: Service, suspect: Suspect, server: NodePortsByServer | None, severity: Severity, fix: str) -> Problem:
    return Problem(
        object=service, severity=severity, partial=True, node=suspect.node if severity is Severity.WARNING else "", port=suspect.port,
        summary=f"{suspect.does('gives', 'give')} no answer to connections from {suspect.view.label}; {suspect.control}",
        evidence=(*suspect.evidence, *by_server(suspect, server)), fix=look_at(suspect, fix),
    )
