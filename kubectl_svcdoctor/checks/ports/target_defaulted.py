"""The targetPort equals the port, as it does when it is left out, and the process does not listen on it.

Why it breaks:
A Service port without targetPort targets the same number in the Pods. Images often serve 8080 behind port
80: the API server fills in 80, the endpoints look ready, and every connection is refused.

How to fix:
Give the Service port a targetPort: the number or, better, the name of the container port.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl get pods -l SELECTOR -o jsonpath='{.items[0].spec.containers[*].ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.ports.closed import ClosedPorts
from kubectl_svcdoctor.model.finding import Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC304", "port-targetport-defaulted")
def target_defaulted(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "defaulted":
            yield closed.problem(
                service,
                f"port {closed.port.label} targets port {closed.number}, which is closed in Pod {closed.pod.name}, where {closed.listed} is open",
                closed.retargeted(service),
            )
