"""Some connections to a node port come through, and others to the same node do not.

Why it breaks:
A node picks an endpoint for each connection. Where it is up to that choice whether a connection comes through, an endpoint is dead: its Pod is ready and does
not accept connections on that port, or is not reached from there. The node is not the matter.

How to fix:
Find the endpoint: examine the Service from a Pod (--from cluster), which tries the endpoints one by one. A readiness probe on that port keeps it out.

Look yourself:
kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=NAME -o wide

Reference:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.accusation import look_at
from kubectl_svcdoctor.graph.nodeport.dead_locals import DeadLocals
from kubectl_svcdoctor.graph.nodeport.suspects import flaky, places, tally
from kubectl_svcdoctor.graph.nodeport.views import TellingView
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.proxy.vantage import pods_on
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD207", "node-port-some-fail")
def some_fail(service: Service, view: TellingView, dead: DeadLocals | None = None, reach: Reach | None = None) -> Iterator[Problem]:
    """Under externalTrafficPolicy: Local the Pods of a node are all the endpoints that it has, so there the node's answer is theirs."""
    for node, port in sorted(dead or ()):
        here = [attempt for attempt in view.attempts if (attempt.door.node.name, attempt.door.port.label) == (node, port)]
        yield Problem(
            object=service, severity=Severity.WARNING, partial=True, port=port, node=node,
            summary=f"{places(here)} does not accept connections, and no Pod on node {node}, to which alone it forwards, is known to accept any on that port",
            evidence=tuple(map(tally, here[:1])),
            fix=Fix("see why these Pods do not accept connections, and let a readiness probe ask for the port", (pods_on(node),)),
        )
    for suspect in flaky(view):
        outcomes = [outcome for attempt in (*suspect.failing, *suspect.answering) for outcome in attempt.outcomes]
        lost = sum(outcome not in ("open", "reset") for outcome in outcomes)
        alive = any(tried.port == suspect.ports[0] and tried.complete and not tried.dead for tried in reach or ())
        told = f"all endpoints accept connections from Pod {reach[0].vantage.pod}" if alive and reach else ""
        yield Problem(
            object=service, severity=Severity.WARNING, partial=True, port=suspect.ports[0].label,
            summary=f"{lost} of {len(outcomes)} connections from this machine to node port {suspect.ports[0].node_port} fail, "
                    "at nodes where others come through",
            evidence=(*suspect.evidence, *filter(None, (told,))),
            fix=look_at(suspect, "look at the rules of {node} for this port, and at its firewall") if alive else
            Fix("find the endpoint that does not accept connections", (diagnosis(service, "--from", "cluster", namespace=service.namespace),)),
        )
