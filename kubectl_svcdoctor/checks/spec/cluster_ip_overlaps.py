"""The Service's cluster IP is also a node's or a Pod's address, or lies in a node's Pod network.

Why it breaks:
A node or a Pod that has the same address as a Service cannot be reached at it: kube-proxy takes the packets for the Service, and where it does
not run, they go to the machine. In a Pod network every address is given to a Pod sooner or later.

How to fix:
Service, Pod and node networks must not overlap. Add a ServiceCIDR that is free (Kubernetes 1.33 and newer; before, the API server's flag
--service-cluster-ip-range), and recreate the Service so that it gets an address of it.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.clusterIPs}'
kubectl get nodes -o jsonpath='{.items[*].spec.podCIDRs} {.items[*].status.addresses}'

Reference:
https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.addresses import within
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Nodes, SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

LOOK = Fix("move the Service to a free ServiceCIDR; see which networks are in use", (
    kubectl("get", "servicecidrs"), kubectl("get", "nodes", "-o", "custom-columns=NODE:.metadata.name,PODS:.spec.podCIDRs,IP:.status.addresses[*].address")))


@defect("SVC105", "svc-clusterip-overlap")
def cluster_ip_overlaps(service: Service, nodes: Nodes, pods: SelectedPods | None = None) -> Problem | None:
    for address in service.spec.cluster_ips:
        other = None if address in ("", "None") else used_by(address, nodes, pods or SelectedPods())
        if other:
            return Problem(
                object=service, severity=Severity.ERROR, partial=True, field=("spec", "clusterIP"),
                summary=f"cluster IP {address} is also {other}, so one of the two cannot be reached",
                evidence=("Service, Pod and node networks must not overlap",), fix=LOOK)
        network = None if address in ("", "None") else pod_network(address, nodes)
        if network:
            return Problem(
                object=service, severity=Severity.WARNING, partial=True, field=("spec", "clusterIP"),
                summary=f"cluster IP {address} is in {network}, where a Pod can get it too",
                evidence=("Service, Pod and node networks must not overlap",), fix=LOOK)
    return None


def used_by(address: str, nodes: Nodes, pods: SelectedPods) -> str:
    """Who else has this address, as part of a sentence; empty when nobody has."""
    wanted = canonical(address)
    for node in nodes:
        if any(canonical(entry.address) == wanted for entry in node.status.addresses):
            return f"an address of node {node.name}"
    return next((f"the address of Pod {pod.name}" for pod in pods if wanted in map(canonical, pod.addresses) and not pod.spec.host_network), "")


def pod_network(address: str, nodes: Nodes) -> str:
    """The Pod network in which the address lies, with its node; empty where there is none."""
    networks = ((network, node) for node in nodes for network in node.spec.pod_cidrs or (node.spec.pod_cidr,) if network)
    return next((f"the Pod network {network} of node {node.name}" for network, node in networks
                 if within(canonical(address), network)), "")
