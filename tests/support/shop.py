"""The demo's shop: six Services on a real API server, one healthy and five broken in different ways; writes the recording of it.

    python -m tests.support.shop FILE
"""

from __future__ import annotations

import sys
import time
from typing import Any

from kubectl_svcdoctor.cli.selection import BROAD
from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.recording import save
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.many import examined
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.subject import ServiceSubject
from tests.lab.controlplane import running
from tests.support.apiserver import REST, Ahead, written
from tests.support.cases import base

Manifest = dict[str, Any]
SHOP = "shop"
HASH = "6d4cf56db6"
STARTED = "2026-10-20T09:00:05Z"


def shop() -> list[Manifest]:
    """Nodes and lease of the healthy cluster, and the shop's workloads and Services."""
    surroundings = [item for item in base()["objects"] if item["kind"] in ("Node", "Lease", "Namespace")]
    return [
        *surroundings,
        *application("web", 1, replicas=3), service("web", {"app": "web"}, "http"),
        *application("cart", 2, replicas=2), service("cart", {"app": "crat"}, "http"),
        *application("checkout", 3, replicas=2), service("checkout", {"app": "checkout"}, "web"),
        *application("search", 4, replicas=2, trouble="probe"), service("search", {"app": "search"}, "http"),
        *application("payment", 5, replicas=2, trouble="image"), service("payment", {"app": "payment"}, "http"),
        *application("mail", 6, replicas=0), service("mail", {"app": "mail"}, "http"),
    ]


def service(name: str, selector: dict[str, str], target: str) -> Manifest:
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": SHOP, "labels": {"app": name}},
        "spec": {"selector": selector, "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": target}]},
    }


def application(name: str, number: int, replicas: int, trouble: str = "") -> list[Manifest]:
    """A Deployment with its Pods, well or in trouble, and the Events that a kubelet would have reported."""
    container = {
        "name": name, "image": f"registry.example.com/{name}:1.0.{number}", "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
    }
    ready = 0 if trouble else replicas
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": SHOP, "labels": {"app": name}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                 "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}},
        "status": {"observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": ready, "availableReplicas": ready},
    }
    pods = [pod(name, number, place, container, trouble) for place in range(replicas)]
    return [deployment, *pods, *(event(one, trouble) for one in pods if trouble)]


def pod(name: str, number: int, place: int, container: Manifest, trouble: str) -> Manifest:
    node = 1 + place % 2
    state: Manifest = {"running": {"startedAt": STARTED}}
    if trouble == "image":
        state = {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{container["image"]}": not found'}}
    ready = "False" if trouble else "True"
    conditions: list[Manifest] = [{"type": kind, "status": "True", "lastTransitionTime": STARTED} for kind in ("PodScheduled", "Initialized")]
    reason = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{name}]"} if trouble else {}
    conditions += [{"type": kind, "status": ready, "lastTransitionTime": STARTED, **reason} for kind in ("ContainersReady", "Ready")]
    address = f"10.244.{node}.{10 * number + place}"
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": f"{name}-{HASH}-{'abcdefgh'[place] * 5}", "namespace": SHOP, "uid": f"{number}0000000-0000-4000-8000-00000000000{place}",
            "labels": {"app": name, "pod-template-hash": HASH},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-{HASH}", "controller": True,
                                 "uid": f"{number}0000000-0000-4000-8000-0000000000ff"}],
        },
        "spec": {"nodeName": f"node{node}", "containers": [container]},
        "status": {
            "phase": "Pending" if trouble == "image" else "Running", "hostIP": f"192.0.2.1{node}", "podIP": address, "podIPs": [{"ip": address}],
            "startTime": STARTED, "conditions": conditions,
            "containerStatuses": [{"name": name, "image": container["image"], "imageID": "", "ready": not trouble, "started": trouble != "image",
                                   "restartCount": 0, "state": state}],
        },
    }


def event(of: Manifest, trouble: str) -> Manifest:
    metadata = of["metadata"]
    reason, message = {
        "probe": ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        "image": ("Failed", f'Failed to pull image "{of["spec"]["containers"][0]["image"]}": not found'),
    }[trouble]
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{metadata['name']}.1", "namespace": SHOP},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": SHOP, "name": metadata["name"], "uid": metadata["uid"],
                           "fieldPath": f"spec.containers{{{metadata['labels']['app']}}}"},
        "type": "Warning", "reason": reason, "message": message, "count": 40, "source": {"component": "kubelet"},
        "firstTimestamp": "2026-11-02T10:00:00Z", "lastTimestamp": "2026-11-02T11:59:40Z",
    }


def main(file: str) -> None:
    with running("shop") as plane:
        written(REST(plane.admin_kubeconfig), shop())
        time.sleep(3)  # the endpoint slice controller reacts within a second or two
        source = Ahead(APIServer(connect(ConnectionOptions(kubeconfig=str(plane.admin_kubeconfig)), {})))
        doctor = Doctor(source)
        queries: list[Query[Any]] = [Query(kind, SHOP) for kind in BROAD]
        doctor.prefetch(queries)
        services = doctor.snapshot.answer(Query(Service, SHOP))  # type: ignore[arg-type]
        assert services and not isinstance(services, Unknown)
        examined(doctor, [ServiceSubject(SHOP, item.name) for item in services])
        save(file, doctor.snapshot, source, SHOP)


if __name__ == "__main__":
    main(sys.argv[1])
