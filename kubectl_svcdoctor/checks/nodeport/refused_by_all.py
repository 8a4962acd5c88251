"""Every node refuses connections to a node port.

Why it breaks:
Whoever refuses is reached. The nodes forward to an endpoint that refuses, or have none to forward to, or no proxy on any of them serves the port.

How to fix:
Look first at what else was found: without endpoints, and with a Pod that does not listen, every node refuses. Otherwise see whether kube-proxy, or what
stands in its place, works at all.

Look yourself:
nc -zv -w 2 NODE-ADDRESS NODE-PORT
kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.accusation import look_at
from kubectl_svcdoctor.graph.nodeport.suspects import Suspect, everywhere
from kubectl_svcdoctor.graph.nodeport.views import NodePortsByServer, TellingView, View, refuses
from kubectl_svcdoctor.model.evidence import Here
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD206", "node-port-refused-by-all")
def refused_by_all(service: Service, here: Here, view: TellingView, server: NodePortsByServer | None = None) -> Iterator[Problem]:
    """Where nothing else answers this machine, something between may refuse in the nodes' place: that counts only where the API server is refused too, or
    --from local says that this machine has a way there."""
    suspects = list(everywhere(view, lambda attempt: attempt.refuses))
    also = any(map(refuses, (server or {}).values()))
    if not view.answered and (here.asked or also):
        suspects = list(_all(view))
    for suspect in suspects:
        yield Problem(
            object=service, severity=Severity.ERROR, partial=True, port=suspect.port,
            summary=f"{suspect.does('refuses', 'refuse')} connections from this machine; {suspect.control if suspect.answering else 'no node accepts any'}",
            evidence=(*suspect.evidence, *(("the API server is refused there too",) if also else ())),
            fix=look_at(suspect, "see whether the endpoints accept connections, and kube-proxy, or what stands in its place, works on {node}"),
        )


def _all(view: View) -> Iterator[Suspect]:
    failing = tuple(attempt for attempt in view.attempts if attempt.door.serves is not False and attempt.refuses)
    if failing:
        yield Suspect(view, failing, ())
