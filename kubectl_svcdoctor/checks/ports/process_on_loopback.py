"""The process listens on the Pod's loopback only, where no Service can reach it.

Why it breaks:
A Service sends packets to the Pod's IP address. A process that is bound to 127.0.0.1 or ::1 takes connections
from inside the Pod alone, so every client is refused, while the Pod is ready and kubectl port-forward works:
it enters the Pod by its loopback.

How to fix:
Let the process bind to all addresses: 0.0.0.0, or :: for both families. Most programs have a flag or a
variable for it (--host 0.0.0.0, HOST=0.0.0.0). Where that cannot be changed, a sidecar can listen on the
Pod's address and pass connections on.

Look yourself:
kubectl port-forward POD 18080:8080       connects
kubectl get --raw /api/v1/namespaces/NAMESPACE/pods/POD:8080/proxy/      is refused

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#is-the-service-working
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.graph.listeners import Listeners
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("SVC330", "port-listen-localhost")
def process_on_loopback(service: Service, listeners: Listeners) -> Iterator[Problem]:
    for port in service.spec.ports:
        here = [entry for entry in listeners if target_number(port, entry.pod) == entry.port and port.protocol == "TCP"]
        caught = [entry for entry in here if entry.loopback is True and entry.address is False]
        if not caught:
            continue
        pod = caught[0].pod
        yield Problem(
            object=pod, port=port.label, severity=Severity.ERROR, partial=len(caught) < len(here) or len(service.spec.ports) > 1,
            summary=f"the process behind port {caught[0].port} of Pod {pod.name} listens on the Pod's loopback only, "
                    f"where Service {service.name} cannot reach it",
            evidence=(
                "by port-forward, which enters through the loopback, it takes connections",
                f"at the Pod's address {pod.status.pod_ip}:{caught[0].port} it refuses them",
            ),
            fix=Fix(
                "let the process bind to 0.0.0.0 (or ::), by its own flag or variable; see what it was started with",
                (f"kubectl -n {pod.namespace} get pod {pod.name} -o jsonpath='{{.spec.containers[*].command}} {{.spec.containers[*].args}}'",),
            ),
        )
