"""internalTrafficPolicy is Local, and nodes have no ready endpoint of the Service.

Why it breaks:
With internalTrafficPolicy: Local a node sends connections to the Service's address to endpoints of its own alone. Where it has none that is ready, it drops
them: clients on that node get no answer, while those on other nodes notice nothing. Traffic to node ports and load balancers is not affected.

How to fix:
Use Cluster, or run the backend as a DaemonSet that reaches all nodes with clients. Where clients run on the covered nodes alone, as those of a node's own
agent, nothing is wrong.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.internalTrafficPolicy}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml

Reference:
https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.at_vantage import ShutAddress
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.proxy.vantage import NoVantage
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.evidence import Nodes, ServiceSlices, Vantage
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.meta import is_true
from kubectl_svcdoctor.model.service import Service


@defect("NOD104", "kp-itp-local-none")
def internal_policy_local(
    service: Service, slices: ServiceSlices, nodes: Nodes, shut: ShutAddress | None = None, reach: Reach | None = None, untried: NoVantage | None = None,
    vantage: Vantage | None = None,
) -> Problem | None:
    """Where clients are not known to be, a remark: it may well be meant so. A client that was named on such a node decides; a Pod that was created there is
    none."""
    served = {entry.node_name for part in slices for entry in part.endpoints or () if entry.ready and entry.node_name}
    if service.headless or service.external or service.spec.internal_traffic_policy != "Local" or not served:
        return None
    failing = shut is not None and shut.node not in served and vantage is not None and not vantage.created
    works = {tried.vantage.node for tried in reach or () if tried.service is not None and tried.service.open}
    without = sorted(node.name for node in nodes if _takes_pods(node) and node.name not in served | works)
    if not failing and (not without or (untried is None and reach is None)):
        return None  # a vantage that was to tell, and of which nothing was seen, may contradict it
    where = shut.node if shut and failing else names(without)
    several = "s" if not failing and len(without) > 1 else ""
    return Problem(
        object=service, severity=Severity.ERROR if failing else Severity.INFO, partial=True, field=("spec", "internalTrafficPolicy"),
        summary=f"internalTrafficPolicy is Local, and node{several} {where} {'have' if several else 'has'} no ready endpoint of Service {service.name}: "
                "connections of clients there are dropped",
        evidence=(f"ready endpoints are on {count(len(served), 'node')}: {names(sorted(served))}",
                  *(("whether clients run on the others was not checked",) if not failing else ())),
        fix=patching("let every node use every endpoint, or run the backend on each node with clients", service,
                     {"spec": {"internalTrafficPolicy": "Cluster"}}),
        explains=("service-address-unreachable",) if failing else (),
    )


def _takes_pods(node: Node) -> bool:
    """Whether ordinary Pods are scheduled there, clients among them."""
    repels = any(taint.effect in ("NoSchedule", "NoExecute") for taint in node.spec.taints)
    return is_true(node.status.conditions, "Ready") and not node.spec.unschedulable and not repels
