"""The shapes in which teams put a Service in front of something. Each gives an application that is healthy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.support.population.endpoints import slices, written_slice
from tests.support.population.entries import ingress, route
from tests.support.population.objects import Labels, Manifest, Place, Trouble, container, event, pod, pod_spec, port, service, uid, workload

HTTP = {"http": 8080}


@dataclass(frozen=True)
class Slot:
    """A place in the population: the name of an application there, how many Pods it has, and the number of the first of them.

    `routes`: whether the server has the kinds of the Gateway API.
    """

    place: Place
    name: str
    replicas: int
    first: int
    draw: Random
    routes: bool = False


@dataclass(frozen=True)
class Application:
    """A Service with what stands behind it and before it, in an order in which each object refers to earlier ones only.

    `finding` is the slug of the one cause that there is to find; empty where it is healthy.
    """

    namespace: str
    name: str
    objects: list[Manifest]
    finding: str = ""
    pods: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pods", sum(item["kind"] == "Pod" for item in self.objects))


def application(slot: Slot, objects: list[Manifest], finding: str = "") -> Application:
    return Application(slot.place.namespace, slot.name, objects, finding)


def deployed(slot: Slot, declared: Mapping[str, int] = HTTP, *, labels: Labels | None = None, own: Labels | None = None,
             trouble: Trouble | None = None, replicas: int | None = None) -> tuple[list[Manifest], list[Manifest]]:
    """A Deployment with its ReplicaSet, and its Pods. `own` are labels that only the Deployment itself has."""
    place, name = slot.place, slot.name
    chosen = dict(labels or {"app": name})
    number = slot.replicas if replicas is None else replicas
    spec, ready, revision = pod_spec(container(name, declared, min(declared.values(), default=8080))), 0 if trouble else number, f"{uid(name)[:8]}f6"
    template = {"metadata": {"labels": chosen}, "spec": spec}
    deployment = workload(place, "Deployment", name, {**chosen, **(own or {})}, template, number, ready)
    hashed = {"metadata": {"labels": {**chosen, "pod-template-hash": revision}}, "spec": spec}
    replica_set = workload(place, "ReplicaSet", f"{name}-{revision}", hashed["metadata"]["labels"], hashed, number, ready, owner=deployment)
    pods = [pod(place, f"{name}-{revision}-{uid(name, str(at))[:5]}", replica_set, slot.first + at, trouble) for at in range(number)]
    events = [event(one, place, *trouble.event) for one in pods] if trouble else []
    return [deployment, replica_set, *pods, *events], pods


def endpoint_ports(ports: list[Manifest], declared: Mapping[str, int]) -> list[Manifest]:
    return [{"name": entry.get("name", ""), "port": declared.get(entry["targetPort"], entry["targetPort"]), "protocol": "TCP"} for entry in ports]


def web(slot: Slot) -> Application:
    """One named port that leads to a name."""
    return _served(slot, [port("http", 80, "http")], HTTP)


def numbered(slot: Slot) -> Application:
    """One port without a name that leads to a number which nothing declares."""
    return _served(slot, [port("", 80, 8080)], {})


def many_ports(slot: Slot) -> Application:
    """Several ports, some by name, one by number; the labels that charts recommend."""
    declared = {"http": 8080, "grpc": 9000, "metrics": 9102}
    labels = {"app.kubernetes.io/name": slot.name, "app.kubernetes.io/instance": f"{slot.name}-{slot.place.namespace}"}
    return _served(slot, [port("http", 80, "http"), port("grpc", 9000, 9000), port("metrics", 9102, "metrics")], declared, labels)


def node_port(slot: Slot) -> Application:
    return _served(slot, [port("http", 80, "http")], HTTP, type="NodePort")


def _served(slot: Slot, ports: list[Manifest], declared: Mapping[str, int], labels: Labels | None = None, **spec: Any) -> Application:
    chosen = labels or {"app": slot.name}
    objects, pods = deployed(slot, declared, labels=chosen)
    front = service(slot.place, slot.name, chosen, chosen, ports, **spec)
    return application(slot, [*objects, front, *slices(front, pods, endpoint_ports(ports, declared)), *entries(slot, ports[0])])


def entries(slot: Slot, target: Manifest) -> list[Manifest]:
    """An Ingress for one Service in five, and a route for one in ten."""
    drawn = slot.draw.random()
    if drawn < 0.2:
        return [ingress(slot.place, slot.name, target)]
    return [route(slot.place, slot.name, target)] if drawn < 0.3 and slot.routes else []


def stateful(slot: Slot) -> Application:
    """A headless Service that governs a StatefulSet."""
    place, name, declared = slot.place, slot.name, {"sql": 5432}
    labels, ports = {"app": name}, [port("sql", 5432, "sql")]
    front = service(place, name, labels, labels, ports, clusterIP="None")
    template = {"metadata": {"labels": labels}, "spec": pod_spec(container(name, declared, "sql"))}
    made = workload(place, "StatefulSet", name, labels, template, slot.replicas, slot.replicas, serviceName=name)
    revision = f"{name}-{uid(name)[:8]}f6"
    made["status"] |= {"currentReplicas": slot.replicas, "currentRevision": revision, "updateRevision": revision}
    pods = [pod(place, f"{name}-{at}", made, slot.first + at, hostname=f"{name}-{at}", subdomain=name,
                labels={"apps.kubernetes.io/pod-index": str(at), "controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": f"{name}-{at}"})
            for at in range(slot.replicas)]
    return application(slot, [front, made, *pods, *slices(front, pods, endpoint_ports(ports, declared))])


def by_hand(slot: Slot) -> Application:
    """No selector: an EndpointSlice of the team's own leads out of the cluster."""
    front = service(slot.place, slot.name, {"app": slot.name}, None, [port("sql", 5432, 5432)])
    outside = {"addresses": [f"198.51.100.{slot.first % 250 + 1}"], "conditions": {"ready": True}}
    part = written_slice(front, f"{slot.name}-1", [outside], [{"name": "sql", "port": 5432, "protocol": "TCP"}], manager="team")
    del part["metadata"]["ownerReferences"]
    return application(slot, [front, part])


def external(slot: Slot) -> Application:
    """Another name for something outside."""
    target = f"{slot.name}.partner.example.com"
    return application(slot, [service(slot.place, slot.name, {"app": slot.name}, None, [], type="ExternalName", externalName=target)])


Shape = Callable[[Slot], Application]
SHAPES: tuple[tuple[Shape, int], ...] = (
    (web, 9), (many_ports, 4), (stateful, 2), (numbered, 2), (node_port, 1), (by_hand, 1), (external, 1),
)
"""Each shape, and how many of twenty Services have it."""
WITHOUT_PODS = frozenset({by_hand, external})
