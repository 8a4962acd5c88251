"""Nodes without an endpoint drop what comes to the Service's node ports.

Why it breaks:
externalTrafficPolicy: Local keeps a client's address, and to do so each node sends only to endpoints of its own. A node that has none drops what comes in,
without an answer. Load balancers ask the nodes' healthCheckNodePort and leave these nodes out; who calls a node directly cannot know.

How to fix:
Call a node that has an endpoint, run the Pods on every node that is called (a DaemonSet), or set externalTrafficPolicy to Cluster where the application
does not need its clients' addresses.

Look yourself:
kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=NAME -o yaml
kubectl get pods -n NAMESPACE -o wide

Reference:
https://kubernetes.io/docs/tutorials/services/source-ip/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.nodeport.called import CalledNode
from kubectl_svcdoctor.graph.nodeport.doors import Local, NodeDoors
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("NOD201", "np-etp-local-no-endpoint")
def local_without_endpoint(service: Service, local: Local, doors: NodeDoors, called: CalledNode | None = None) -> Problem | None:
    """A remark: where a load balancer chooses the nodes it is meant so, and of a Service of type NodePort nobody knows which nodes its clients call.
    A failure where the user named such a node as what clients call."""
    asked = called.node if called and called.node in local.dropping else ""
    if (service.spec.type != "NodePort" and not asked) or not local.dropping or not local.serving:
        return None
    one = len(local.dropping) == 1
    door = next(door for door in doors if door.serves)
    return Problem(
        object=service, severity=Severity.ERROR if asked else Severity.INFO, partial=True, node=asked, field=("spec", "externalTrafficPolicy"),
        summary=f"node {asked} has no ready endpoint and drops what comes to its node ports (externalTrafficPolicy is Local)" if asked else
                f"node{'' if one else 's'} {names(local.dropping)} {'has' if one else 'have'} no ready endpoint and {'drops' if one else 'drop'} what comes to "
                f"{'its' if one else 'their'} node ports (externalTrafficPolicy is Local)",
        evidence=(f"a ready endpoint is on {names(local.serving)}",),
        fix=Fix(f"call a node that has an endpoint, such as {door.node.name} at {door.at}; or set externalTrafficPolicy to Cluster, "
                "if the application can do without its clients' addresses"),
    )
