"""Topology hints send the traffic of many nodes to few endpoints.

Why it breaks:
With hints in the slices each zone's nodes use only the endpoints that are meant for them. If a zone with most
of the nodes has few endpoints, these carry far more than their share, while endpoints elsewhere idle. Without
any endpoint for a zone kube-proxy uses all, which is no fault.

How to fix:
Spread the Pods over the zones as the nodes are (topologySpreadConstraints), or let every node use every
endpoint by removing trafficDistribution.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml
kubectl get nodes -L topology.kubernetes.io/zone

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/proxy/topology.go
"""

from __future__ import annotations

from collections import Counter

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Nodes, ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service

ZONE = "topology.kubernetes.io/zone"
TIMES = 2
"""How many times its share an endpoint may carry before it is worth a remark; topology aware routing aimed at 1.2."""


@defect("EPS119", "eps-hints-starve")
def hints_starve(service: Service, slices: ServiceSlices, nodes: Nodes) -> Problem | None:
    """Where the traffic comes from is not known, so this is a remark: nodes stand for clients."""
    ready = [entry for part in slices for entry in part.endpoints or () if entry.ready]
    if not ready or service.headless or any(entry.hints is None or not entry.hints.for_zones for entry in ready):
        return None
    hinted = Counter(zone.name for entry in ready for zone in (entry.hints.for_zones if entry.hints else ()))
    zones = Counter(node.labels.get(ZONE, "") for node in nodes)
    load = {zone: (zones[zone] / len(nodes)) * len(ready) / hinted[zone] for zone in zones if zone and hinted[zone]}
    worst = max(load, key=lambda zone: load[zone], default="")
    if not worst or load[worst] < TIMES:
        return None
    endpoints = "1 endpoint" if hinted[worst] == 1 else f"{hinted[worst]} endpoints"
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "trafficDistribution"),
        summary=f"topology hints give the {count(zones[worst], 'node')} of zone {worst} {endpoints} out of {len(ready)}",
        evidence=(f"{zones[worst]} of {len(nodes)} nodes are in zone {worst}", "whether these endpoints are overloaded was not checked"),
        fix=_without(service),
    )


def _without(service: Service) -> Fix:
    if not service.spec.traffic_distribution:
        return Fix("spread the Pods over the zones as the nodes are; see in the Service's annotations what asks for hints",
                   (kubectl("get", service, "-o", "yaml", namespace=service.namespace),))
    return patching("spread the Pods over the zones as the nodes are; or let every node use every endpoint", service, [
        {"op": "test", "path": "/spec/trafficDistribution", "value": service.spec.traffic_distribution}, {"op": "remove", "path": "/spec/trafficDistribution"}])
