"""The client calls a node at the Service's own port, or at the container's.

Why it breaks:
At a node's address only the node port leads to the Service: a number that the API server chose, between 30000 and 32767 by default. The Service's port is
that of its ClusterIP, the targetPort that of its Pods.

How to fix:
Let the client use the node port, or a load balancer or Ingress, which listen on the usual ports.

Look yourself:
kubectl get service NAME -n NAMESPACE

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.nodeport.called import CalledNode
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service


@defect("NOD210", "nport-used-port")
def service_port_at_node(service: Service, called: CalledNode) -> Problem | None:
    ports = service.spec.ports
    if not called.port or called.port in {port.node_port for port in ports}:
        return None
    meant = next((port for port in ports if called.port == port.port), None) or next((port for port in ports if called.port == port.target), None)
    open_ = [port for port in ports if port.node_port]
    if meant is None or not open_:
        return None
    right = meant if meant.node_port else open_[0]
    where = at(called.address, right.node_port)
    return Problem(
        object=service, severity=Severity.ERROR, port=meant.label,
        summary=f"{called.what} does not serve port {called.port} of Service {service.name}: there it is node port {right.node_port}",
        evidence=(f"{called.port} is {'the port of its ClusterIP' if called.port == meant.port else 'the targetPort of its Pods'}",),
        fix=Fix(f"let the client call {where}", (diagnosis(where, namespace=service.namespace),)),
    )
