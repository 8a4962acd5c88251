"""The Pods refuse the port that the Service targets, and every other port that they declare.

Why it breaks:
The Pod is ready and listed in the EndpointSlice, so clients are sent to it, but no process accepts their
connections and the Pod's kernel refuses them. Tried are the Pod's address and its IPv4 loopback; a process that listens on ::1 alone is refused
at both. A declared containerPort is only information: it opens nothing.
Without a readiness probe a Pod is ready before its process listens.

How to fix:
Look at the log and at the command of the container: the process may still be starting, may listen on another
port, or may be the wrong program. Then add a readiness probe on that port, so that the Pod gets no traffic
before it can serve it.

Look yourself:
kubectl logs POD
kubectl port-forward POD 18080:PORT

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#are-the-pods-working
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.ports.closed import ClosedPorts
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC331", "port-not-listening-yet")
def nothing_listens(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "nothing":
            yield closed.problem(
                service,
                f"Pod {closed.pod.name} refuses connections on port {closed.number}, the target of port {closed.port.label}",
                Fix("see in the container's log which address and port the process listens on, or why it does not yet", (closed.look,)),
            )
