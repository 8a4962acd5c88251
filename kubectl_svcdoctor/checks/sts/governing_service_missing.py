"""The StatefulSet's serviceName names a Service that does not exist.

Why it breaks:
A StatefulSet's Pods get their own names below the governing Service: POD.SERVICE.NAMESPACE.svc. Without that Service there is no
EndpointSlice from which DNS could serve those names; everything else of the StatefulSet works.

How to fix:
Create the headless Service with that name and the Pods' labels as selector. serviceName itself cannot be changed.

Look yourself:
kubectl get statefulset NAME -o jsonpath='{.spec.serviceName}'
kubectl get services

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Misgoverned
from kubectl_svcdoctor.graph.sts.peers import Peers
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.subject import StatefulSetSubject, Subject
from kubectl_svcdoctor.model.workload import StatefulSet


@defect("HLS101", "sts-servicename-missing-svc")
def governing_service_missing(subject: Subject, found: Misgoverned, peers: Peers | None = None) -> Problem | None:
    """See `severity`. Where the Pods name each other they do not come together, so that nobody is served."""
    if not found.missing or found.other is not None:
        return None
    item = found.set
    used = (f"its Pods name each other: {peers[0].text}",) if peers else ()
    return Problem(
        object=item, severity=severity(item, peers, not isinstance(subject, StatefulSetSubject)), partial=not peers, field=("spec", "serviceName"),
        summary=f"the Pods of StatefulSet {item.name} have no per-Pod DNS names: there is no Service {item.spec.service_name}, its serviceName",
        evidence=used, fix=Fix("create the headless Service", (creation(item),)),
    )


def severity(item: StatefulSet, peers: Peers | None, elsewhere: bool = False) -> Severity:
    """An error where the template uses the Pods' names, which are lost for certain. Without that it is not known that anybody does: a warning, since
    serviceName, or a headless Service, promises them; a remark where an operator calls its Pods by other means, or where what is examined (`elsewhere`) is a
    Service in front of the Pods, which works."""
    if peers:
        return Severity.ERROR
    return Severity.INFO if item.metadata.controller is not None or elsewhere else Severity.WARNING


def creation(item: StatefulSet) -> Command:
    """The command that creates the governing Service of a StatefulSet, with the ports that its containers declare."""
    declared = [port for container in item.spec.template.spec.containers for port in container.ports]
    ports = [{"name": port.name or f"port-{port.container_port}", "port": port.container_port, "protocol": port.protocol} for port in declared]
    service = {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": item.spec.service_name, "namespace": item.namespace},
        "spec": {"clusterIP": "None", "selector": item.spec.selector.match_labels, **({"ports": ports} if ports else {})},
    }
    return kubectl("create", "-f", "-").given(service)
