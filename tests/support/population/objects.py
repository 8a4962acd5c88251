"""The manifests that a population is made of, as kubectl, the controllers and the kubelets would leave them on an API server.

Uids are names of objects here: what writes them to a server puts that server's own in their place.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.population.nodes import located, node_address

Manifest = dict[str, Any]
Labels = Mapping[str, str]
_NAMES = uuid.UUID("5b0c2a51-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Place:
    """Where objects stand, and since when: the clock of the population."""

    namespace: str
    clock: datetime

    def ago(self, **span: float) -> str:
        return f"{self.clock - timedelta(**span):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Trouble:
    """What keeps the Pods of a workload from being ready: the state of the container, as a kubelet reports it."""

    phase: str
    state: Manifest
    last: Manifest
    restarts: int
    event: tuple[str, str]  # reason and message


def uid(*names: str) -> str:
    return str(uuid.uuid5(_NAMES, "/".join(names)))


def metadata(place: Place, kind: str, name: str, labels: Labels, owner: Manifest | None = None, **more: Any) -> Manifest:
    owners = {"ownerReferences": [{"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
                                   "uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}]} if owner else {}
    return {"name": name, "namespace": place.namespace, "uid": uid(place.namespace, kind, name), "labels": dict(labels), **owners, **more}


def service(place: Place, name: str, labels: Labels, selector: Labels | None, ports: Sequence[Manifest], **spec: Any) -> Manifest:
    families = {} if "externalName" in spec else {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
    written = {"ports": list(ports), **({"selector": dict(selector)} if selector else {}), **families, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(place, "Service", name, labels), "spec": written}


def port(name: str, number: int, target: int | str) -> Manifest:
    return {**({"name": name} if name else {}), "port": number, "protocol": "TCP", "targetPort": target}


def container(name: str, declared: Mapping[str, int], probe: str | int) -> Manifest:
    """A container as charts have them: environment, probes, resources, mounts."""
    ask = {"tcpSocket": {"port": probe}, "periodSeconds": 10, "failureThreshold": 3}
    field = {"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace", "POD_IP": "status.podIP"}
    return {
        "name": name, "image": f"registry.example.com/{name}:1.4.2", "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": key, "containerPort": value, "protocol": "TCP"} for key, value in declared.items()],
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://otel.observability.svc:4317"},
                *({"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in field.items())],
        "envFrom": [{"configMapRef": {"name": f"{name}-config"}}, {"secretRef": {"name": f"{name}-credentials"}}],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "readinessProbe": ask, "livenessProbe": {**ask, "initialDelaySeconds": 15},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/app", "readOnly": True}, {"name": "tmp", "mountPath": "/tmp"},
                         {"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}],
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
    }


def pod_spec(one: Manifest) -> Manifest:
    token = [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
             {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]
    return {
        "containers": [one], "serviceAccountName": "default", "terminationGracePeriodSeconds": 30,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": "config", "configMap": {"name": f"{one['name']}-config"}}, {"name": "tmp", "emptyDir": {}},
                    {"name": "kube-api-access", "projected": {"sources": token}}],
        "tolerations": [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
                        for key in ("not-ready", "unreachable")],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway",
                                       "labelSelector": {"matchLabels": {"app": one["name"]}}}],
    }


def workload(place: Place, kind: str, name: str, labels: Labels, template: Manifest, replicas: int, ready: int, **more: Any) -> Manifest:
    """A Deployment, StatefulSet or ReplicaSet whose Pods have the template's labels; `more` are an owner, or fields of the spec."""
    own = metadata(place, kind, name, labels, more.pop("owner", None))
    available = {} if kind == "StatefulSet" else {"availableReplicas": ready}
    updated = {} if kind == "ReplicaSet" else {"updatedReplicas": replicas}
    return {
        "apiVersion": "apps/v1", "kind": kind, "metadata": own,
        "spec": {"replicas": replicas, "selector": {"matchLabels": template["metadata"]["labels"]}, "template": template, **more},
        "status": {"observedGeneration": 1, "replicas": replicas, "readyReplicas": ready, **available, **updated},
    }


def pod(place: Place, name: str, owner: Manifest, number: int, trouble: Trouble | None = None, labels: Labels | None = None, **spec: Any) -> Manifest:
    """The Pod with this number in the whole population, which says on which node it runs and what its address is."""
    template, (node, address) = owner["spec"]["template"], located(number)
    one, started = template["spec"]["containers"][0], place.ago(days=3)
    ready = "False" if trouble else "True"
    told = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{one['name']}]"} if trouble else {}
    kinds = {"PodReadyToStartContainers": "True", "Initialized": "True", "Ready": ready, "ContainersReady": ready, "PodScheduled": "True"}
    state = trouble.state if trouble else {"running": {"startedAt": place.ago(days=2.9)}}
    status = {"name": one["name"], "image": one["image"], "imageID": f"{one['image'].split(':')[0]}@sha256:{uid(one['image']).replace('-', '') * 2}",
              "containerID": f"containerd://{uid(name).replace('-', '') * 2}", "ready": not trouble, "started": not trouble or "running" in state,
              "restartCount": trouble.restarts if trouble else 0, "state": state, "lastState": trouble.last if trouble else {}}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": metadata(place, "Pod", name, template["metadata"]["labels"] | dict(labels or {}), owner, annotations={"checksum/config": uid(name)}),
        "spec": {**template["spec"], "nodeName": node, **spec},
        "status": {
            "phase": trouble.phase if trouble else "Running", "qosClass": "Burstable", "startTime": started, "hostIP": node_address(node),
            "hostIPs": [{"ip": node_address(node)}], "podIP": address, "podIPs": [{"ip": address}], "containerStatuses": [status],
            "conditions": [{"type": kind, "status": value, "lastTransitionTime": place.ago(hours=2) if value == "False" else started,
                            **(told if value == "False" else {})} for kind, value in kinds.items()],
        },
    }


def event(of: Manifest, place: Place, reason: str, message: str) -> Manifest:
    own = of["metadata"]
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{own['name']}.{own['uid'][:8]}", "namespace": place.namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": place.namespace, "name": own["name"], "uid": own["uid"],
                           "fieldPath": f"spec.containers{{{of['spec']['containers'][0]['name']}}}"},
        "type": "Warning", "reason": reason, "message": message, "count": 40, "source": {"component": "kubelet", "host": of["spec"]["nodeName"]},
        "firstTimestamp": place.ago(hours=2), "lastTimestamp": place.ago(seconds=40),
    }
