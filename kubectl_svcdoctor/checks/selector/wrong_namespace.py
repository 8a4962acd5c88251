"""The Pods that the selector describes are in another namespace.

Why it breaks:
A selector never looks beyond the Service's own namespace. The Service was made in one namespace and the
application in another, so neither sees the other.

How to fix:
Create the Service where the Pods are and let clients use NAME.NAMESPACE. Clients that cannot be changed can go
through a Service of type ExternalName in the old place, as long as they do not need TLS or Host names to fit.

Look yourself:
kubectl get pods --all-namespaces -l SELECTOR

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#namespaces-of-services
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line, names
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.selector.variants import WrongNamespace
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC213", "svc-wrong-namespace")
def pods_are_in_another_namespace(service: Service, found: WrongNamespace) -> Problem:
    places = [f"{count(len(pods))} in namespace {namespace}" for namespace, pods in found.namespaces.items()]
    owners = [f"{namespace}: {names(sorted({str(owner_of(pod)) for pod in pods}), 2)}" for namespace, pods in found.namespaces.items()]
    return Problem(
        object=service, severity=Severity.ERROR, field=("metadata", "namespace"),
        summary=line(f"selector {pairs(service.selector)} matches no Pod in namespace {service.namespace}, but {names(places, 2)}"),
        evidence=tuple(owners[:3]), fix=_fix(service, list(found.namespaces)),
    )


def _fix(service: Service, namespaces: list[str]) -> Fix:
    """The same Service beside the Pods; `kubectl create service` knows TCP only."""
    if len(namespaces) > 1 or not service.spec.ports or any(port.protocol != "TCP" for port in service.spec.ports):
        return Fix("create the Service in the namespace of the Pods that are meant, or deploy the application here",
                   (kubectl("get", "pods", "--all-namespaces", "-l", pairs(service.selector)),))
    namespace = namespaces[0]
    ports = [f"--tcp={port.port}:{port.target}" for port in service.spec.ports]
    headless = ["--clusterip=None"] if service.headless else []
    create = kubectl("create", "service", "clusterip", service.name, *headless, *ports, namespace=namespace)
    select = kubectl("set", "selector", f"service/{service.name}", pairs(service.selector), namespace=namespace)
    return Fix(f"create the Service in namespace {namespace}, and let clients use {service.name}.{namespace}", (create.then(select),))
