"""The named targetPort resolves, but the process does not listen on the number that was declared under that name.

Why it breaks:
A container port that is declared opens nothing: it gives a number to a name. If the process listens on
another port, the name stands for a closed one and the endpoints look ready all the same. Where several
containers of a Pod give a port the same name, it stands for that of the first one.

How to fix:
Correct containerPort under that name in the workload's template, or point the Service at the port that is
open.

Look yourself:
kubectl get pods -l SELECTOR -o jsonpath='{.items[0].spec.containers[*].ports}'
kubectl port-forward POD 18080:PORT

Reference:
https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.ports.closed import ClosedPorts
from kubectl_svcdoctor.model.finding import Problem
from kubectl_svcdoctor.model.service import Service


@symptom("SVC305", "port-named-wrong-number")
def named_number_wrong(service: Service, ports: ClosedPorts) -> Iterator[Problem]:
    for closed in ports:
        if closed.reason == "name":
            yield closed.problem(
                service,
                f'container port "{closed.port.target}" ({closed.number}) is closed in Pod {closed.pod.name}, where {closed.listed} is open',
                closed.retargeted(service),
            )
