"""One of several ports of the Service leads to a closed port, while the others work.

Why it breaks:
Every Service port has its own targetPort. Clients of the closed one are refused although the Service, its
Pods and its other ports are fine, so the Service as a whole looks healthy.

How to fix:
Correct the targetPort of that Service port, start what should listen there, or remove the port from the
Service.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl port-forward POD 18080:PORT

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.closed import ClosedPorts
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC306", "port-multi-one-dead")
def one_port_closed(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "one":
            yield closed.problem(
                service,
                f"only port {closed.port.label} of the Service is dead: nothing listens on port {closed.number} of Pod {closed.pod.name}",
                Fix("correct its targetPort, or remove the port from the Service; the process's own log tells what it serves", (closed.look,)),
            )
