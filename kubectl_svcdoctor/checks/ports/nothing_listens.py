"""Nothing listens on the port that the Service leads to, nor on any other port that the Pod declares.

Why it breaks:
The Pod is ready and stands in the EndpointSlice, so clients are sent to it, but no process takes their
connections and the Pod's kernel refuses them. A declared containerPort is only information: it opens nothing.
Without a readiness probe a Pod is ready before its process listens.

How to fix:
Look at the log and at the command of the container: the process may still be starting, may listen on another
port, or may be the wrong program. Then add a readiness probe on that port, so that the Pod gets no traffic
before it can take it.

Look yourself:
kubectl logs POD
kubectl port-forward POD 18080:PORT

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#are-the-pods-working
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.closed import ClosedPorts
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC331", "port-not-listening-yet")
def nothing_listens(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "nothing":
            yield closed.problem(
                service,
                f"nothing listens on port {closed.number} of Pod {closed.pod.name}, to which port {closed.port.label} leads",
                Fix("find out what the process listens on, or why it does not listen yet", (closed.look,)),
            )
