"""One of several ports of the Service targets a closed port, while others work.

Why it breaks:
Every Service port has its own targetPort. Clients of the closed one are refused although the Service, its
Pods and its other ports are fine, so the Service as a whole looks healthy.

How to fix:
Correct the targetPort of that Service port, start what should listen there, or remove the port from the
Service if no client uses it.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl port-forward POD 18080:PORT

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.ports.closed import ClosedPorts
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC306", "port-multi-one-dead")
def one_port_closed(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "one":
            yield closed.problem(
                service,
                f"port {closed.port.label} fails, others work: Pod {closed.pod.name} refuses port {closed.number}",
                Fix("correct its targetPort, or start what should listen there; the container's log shows what it serves", (closed.look,)),
            )
