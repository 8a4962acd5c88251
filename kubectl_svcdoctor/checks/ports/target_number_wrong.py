"""The numeric targetPort is not the port on which the process listens.

Why it breaks:
kube-proxy sends packets for the Service port to the targetPort of a Pod. Nothing checks that number against
the Pod, so a wrong one gives ready endpoints whose kernels refuse every connection.

How to fix:
Set targetPort to the port on which the process listens, or better to the name of that container port.

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
from kubectl_svcdoctor.model.finding import Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC303", "port-targetport-wrong-number")
def target_number_wrong(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "number":
            yield closed.problem(
                service,
                f"targetPort {closed.number} of {closed.port.label} is closed in Pod {closed.pod.name}, where {closed.listed} is open",
                closed.retargeted(service),
            )
