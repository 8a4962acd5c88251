"""Hand-made endpoints do not say on which node they are, while the Service accepts only endpoints of the own node.

Why it breaks:
With a traffic policy Local, kube-proxy uses only endpoints whose nodeName is its own node's. An endpoint
without nodeName is local to no node: every node drops the traffic, and MetalLB finds no node to announce the
address from.

How to fix:
Set the traffic policy to Cluster; endpoints outside the cluster never are on a node. Where the endpoints do
run on nodes, write nodeName.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.internalTrafficPolicy} {.spec.externalTrafficPolicy}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml

Reference:
https://github.com/metallb/metallb/issues/646
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.handmade import HandMade, proxied
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS118", "eps-nodename-missing")
def node_name_missing(service: Service, slices: HandMade, all_slices: ServiceSlices) -> Problem | None:
    policies = _local(service)
    nowhere = [entry for part in slices if proxied(service, part) for entry in part.endpoints or () if entry.ready and not entry.node_name]
    if not policies or not nowhere or service.headless:
        return None
    others = any(entry.ready and entry.node_name for part in all_slices for entry in part.endpoints or ())
    return Problem(
        object=service, severity=Severity.WARNING if others else Severity.ERROR,
        partial=not others and "internalTrafficPolicy" not in policies, field=("spec", policies[0]),
        summary=f"with {' and '.join(policies)} Local no node uses {count(len(nowhere), 'endpoint')} without nodeName",
        evidence=(f"without nodeName: {names([entry.address for entry in nowhere])}",), fix=_fix(service, policies, others),
    )


def _fix(service: Service, policies: list[str], others: bool) -> Fix:
    """Cluster hides the clients' addresses and balances over all nodes, which nobody has to take while other endpoints serve."""
    if others:
        look = kubectl("get", "endpointslices", "-l", selector({SERVICE_NAME: service.name}), "-o", "yaml", namespace=service.namespace)
        return Fix("write nodeName where these endpoints run on nodes; outside of the cluster, Local cannot serve them", (look,))
    hidden = ", which hides the addresses of clients outside" if "externalTrafficPolicy" in policies else ""
    return patching(f"use endpoints of all nodes{hidden}; or write nodeName where they run on nodes", service,
                    {"spec": dict.fromkeys(policies, "Cluster")})


def _local(service: Service) -> list[str]:
    """The fields that say Local and matter for the Service's type."""
    spec = service.spec
    outside = spec.type in ("NodePort", "LoadBalancer") or bool(spec.external_ips)
    internal = ["internalTrafficPolicy"] if spec.internal_traffic_policy == "Local" else []
    return internal + (["externalTrafficPolicy"] if outside and spec.external_traffic_policy == "Local" else [])
