"""The Service's cluster IP lies in a network that is used otherwise: a node's Pods, a node, or a Pod.

Why it breaks:
A packet to the cluster IP has to be caught by kube-proxy. If the address also belongs to a Pod network or to a machine, routes lead packets
there instead, on some nodes or on all, and answers come from the wrong place or never.

How to fix:
Service, Pod and node networks must not overlap. Add a ServiceCIDR that is free, and create the Service anew so that it gets an address of it.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.clusterIPs}'
kubectl get nodes -o jsonpath='{.items[*].spec.podCIDRs} {.items[*].status.addresses}'

Reference:
https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/
"""

from __future__ import annotations

import ipaddress

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.evidence import Nodes, SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC105", "svc-clusterip-overlap")
def cluster_ip_overlaps(service: Service, nodes: Nodes, pods: SelectedPods | None = None) -> Problem | None:
    for address in service.spec.cluster_ips:
        other = None if address in ("", "None") else used_by(address, nodes, pods or SelectedPods())
        if other:
            return Problem(
                object=service, severity=Severity.ERROR, partial=True, field=("spec", "clusterIP"),
                summary=f"cluster IP {address} is also {other}, so packets to it go astray",
                evidence=("Service, Pod and node networks must not overlap",),
                fix=Fix("add a free ServiceCIDR, then delete the Service and create it anew", ("kubectl get servicecidrs",)),
            )
    return None


def used_by(address: str, nodes: Nodes, pods: SelectedPods) -> str:
    """Who else has this address, as part of a sentence; empty when nobody has."""
    wanted = ipaddress.ip_address(address)
    for node in nodes:
        for network in node.spec.pod_cidrs or (node.spec.pod_cidr,):
            if network and wanted in ipaddress.ip_network(network, strict=False):
                return f"in the Pod network {network} of node {node.name}"
        if any(entry.address == address for entry in node.status.addresses):
            return f"an address of node {node.name}"
    return next((f"the address of Pod {pod.name}" for pod in pods if address in pod.addresses and not pod.spec.host_network), "")
