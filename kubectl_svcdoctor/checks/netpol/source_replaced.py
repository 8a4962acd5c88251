"""A rule admits clients outside of the cluster by their addresses, and the Service has a node replace these by its own.

Why it breaks:
With externalTrafficPolicy: Cluster, a client that comes by a node port or a load balancer may be sent on to a Pod on another node, and then arrives with the
address of the node that it came to. An ipBlock for the client's own address does not match any more. Network plugins and load balancers that keep the
address (direct server return, or targets that are Pods) do not have this.

How to fix:
Set externalTrafficPolicy: Local, so that clients keep their address; a node without a ready Pod of the Service answers nobody then. Or admit the nodes.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalTrafficPolicy}'
kubectl get networkpolicies -o yaml

Reference:
https://kubernetes.io/docs/tutorials/services/source-ip/#source-ip-for-services-with-type-nodeport
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.suspicions import Replaced
from kubectl_svcdoctor.model.evidence import Nodes, SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("POL108", "np-source-nat")
def source_replaced(service: Service, found: Replaced, nodes: Nodes, pods: SelectedPods) -> Problem:
    """A remark: whether the address is kept is a matter of the network plugin and of the load balancer."""
    return Problem(
        object=found.policy, severity=Severity.INFO, field=("spec", "ingress"),
        summary=f"NetworkPolicy {found.policy.name} admits clients from {found.cidr}, who may arrive with a node's address",
        evidence=(f"externalTrafficPolicy of Service {service.name} is Cluster: a node that sends a client on to another node replaces its address by its own",
                  f"no rule admits node {found.node} to Pods on other nodes",
                  "whether the network plugin or the load balancer keeps the client's address was not checked"),
        fix=_fix(service, nodes, pods),
    )


def _fix(service: Service, nodes: Nodes, pods: SelectedPods) -> Fix:
    """The patch only where every node has a ready Pod, so that it takes nothing away."""
    serving = {pod.spec.node_name for pod in pods if pod.ready and not pod.terminating}
    bare = [node.name for node in nodes if node.name not in serving]
    if bare:
        return Fix(f"admit the nodes' addresses, or set externalTrafficPolicy: Local, with which nodes without a ready Pod ({len(bare)} of {len(nodes)} now) "
                   "answer nobody")
    return patching("let clients keep their address; a node on which no Pod is ready answers nobody then", service,
                    {"spec": {"externalTrafficPolicy": "Local"}})
