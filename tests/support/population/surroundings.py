"""What stands in every population, whatever is broken in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from tests.support.population.endpoints import slices
from tests.support.population.entries import gateway, ingress_class
from tests.support.population.nodes import node_address, pod_network, zone
from tests.support.population.objects import Labels, Manifest, Place, port, service
from tests.support.population.shapes import HTTP, Slot, deployed, endpoint_ports

PLATFORM, ALONE, CROWD = "platform", "alone", "crowd"
"""A namespace with two Pods: one behind the Service of its own name, one behind ten Services."""
MANY = 10
DNS_ADDRESS = "10.96.0.10"
DNS = [{"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}, {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53}]


def objects(namespaces: Iterable[str], nodes: int, clock: datetime, routes: bool) -> list[Manifest]:
    """All of them, in an order in which each refers to earlier ones only."""
    names = (*namespaces, PLATFORM, "kube-system")
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}} for name in names]
    return [*spaces, *(_node(f"node-{number:03}", number, clock) for number in range(nodes)), _lease(clock), *_dns(clock), *_platform(clock), ingress_class(),
            *(gateway(Place(PLATFORM, clock)) if routes else ())]


def _node(name: str, number: int, clock: datetime) -> Manifest:
    place = Place("", clock)
    network = f"{pod_network(number)}.0/24"
    size = {"cpu": "32", "memory": "131072Mi", "pods": "110"}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": zone(name)}},
        "spec": {"podCIDR": network, "podCIDRs": [network]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": node_address(name)}, {"type": "Hostname", "address": name}],
            "capacity": size, "allocatable": size,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
                            "lastHeartbeatTime": place.ago(seconds=10), "lastTransitionTime": place.ago(days=30)}],
        },
    }


def _lease(clock: datetime) -> Manifest:
    """Nobody renews it on a server that is filled by hand, so it is renewed hours ahead."""
    renewed = f"{clock + timedelta(hours=12):%Y-%m-%dT%H:%M:%S.000000Z}"
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "kube-controller-manager", "namespace": "kube-system"},
            "spec": {"holderIdentity": "cp-1", "leaseDurationSeconds": 15, "renewTime": renewed}}


def _dns(clock: datetime) -> Iterator[Manifest]:
    place, labels = Place("kube-system", clock), {"k8s-app": "kube-dns"}
    behind, pods = deployed(Slot(place, "coredns", 2, 0, Random(0)), {}, labels=labels)
    front = service(place, "kube-dns", labels, labels, DNS, clusterIP=DNS_ADDRESS)
    yield from (*behind, front, *slices(front, pods, [{"name": entry["name"], "port": 53, "protocol": entry["protocol"]} for entry in DNS]))


def _platform(clock: datetime) -> Iterator[Manifest]:
    place = Place(PLATFORM, clock)
    for number, name, fronts in ((2, ALONE, [ALONE]), (3, CROWD, [f"{CROWD}-{at}" for at in range(MANY)])):
        labels: Labels = {"app": name}
        behind, pods = deployed(Slot(place, name, 1, number, Random(0)))
        yield from behind
        for each in fronts:
            front = service(place, each, labels, labels, [port("http", 80, "http")])
            yield from (front, *slices(front, pods, endpoint_ports(front["spec"]["ports"], HTTP)))
