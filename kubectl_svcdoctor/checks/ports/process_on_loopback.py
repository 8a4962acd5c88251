"""The process listens on the Pod's loopback only, where no Service can reach it.

Why it breaks:
A Service sends packets to the Pod's IP address. A process that is bound to 127.0.0.1 accepts connections
from inside the Pod alone, so every client is refused, while the Pod is ready and kubectl port-forward works:
it enters the Pod by its loopback. A NetworkPolicy engine that rejects connections looks alike, so nothing is said of a port to which NetworkPolicies do
not admit everybody.

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
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.ports.closed import behind
from kubectl_svcdoctor.graph.ports.dialled import template
from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service


@symptom("SVC330", "port-listen-localhost")
def process_on_loopback(service: Service, listeners: Listeners, pods: SelectedPods) -> Iterator[Problem]:
    ready = [pod for pod in pods if pod.ready and not pod.terminating]
    for port in service.spec.ports:
        here = behind(port, listeners)
        caught = [entry for entry in here if entry.loopback is True and entry.address is False]
        if not caught:
            continue
        first, pod = caught[0], caught[0].pod
        made = {template(entry.pod) for entry in caught}
        alike = [entry for entry in ready if template(entry) in made]
        owners = list(dict.fromkeys(owner_of(entry.pod) for entry in caught))
        yield Problem(
            object=owners[0], port=port.label, severity=Severity.ERROR, partial=len(caught) < len(here), about=(pod.ref,),
            summary=f"port {first.port} of {_named(owners)} is open on the loopback only"
                    + (f", in {len(alike)} of {count(len(ready))}" if len(ready) > 1 else ""),
            evidence=(
                f"Service {service.name} targets it for port {port.label}",
                f"tried in Pod {names([entry.pod.name for entry in caught])}{'; the others are of the same template' if len(alike) > len(caught) else ''}",
                "a port-forward, which enters through the IPv4 loopback, is accepted",
                f"connections to the Pod's address {at(pod.status.pod_ip, first.port)} are refused, and no NetworkPolicy isolates the Pod from the API server",
            ),
            fix=Fix(
                "let the process bind to 0.0.0.0 (or ::), by its own flag or variable; see what it was started with",
                (kubectl("get", pod, "-o", "jsonpath={.spec.containers[*].command} {.spec.containers[*].args}", namespace=pod.namespace),),
            ),
        )


def _named(owners: list[ObjectRef]) -> str:
    return names([f"Pod {owner.name}" if owner.kind == "Pod" else str(owner) for owner in owners], 2)
