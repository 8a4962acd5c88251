"""Fills an API server with many objects in a short time: a few connections that are kept, and one answer's worth of decoding for each object."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tests.support.door import Door

T = TypeVar("T")
Manifest = dict[str, Any]
CONNECTIONS = 8
MERGE = "application/merge-patch+json"
# Of what was written only the metadata comes back.
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
_PLURALS = {"Ingress": "ingresses", "IngressClass": "ingressclasses", "GatewayClass": "gatewayclasses"}
_OF_THE_CLUSTER = frozenset({"Namespace", "Node", "IngressClass", "GatewayClass", "CustomResourceDefinition"})
_MANAGERS = {"Pod": "kubelet", "Node": "kubelet"}


class Filler:
    """Writes and removes objects on the server behind a door. An object may refer by uid to those before it in its own list."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._threads = ThreadPoolExecutor(CONNECTIONS)
        self._own = threading.local()

    def write(self, lists: Iterable[list[Manifest]]) -> None:
        """Create the objects of each list, in its order; lists are written beside each other."""
        self._each(self._written, lists)

    def remove(self, objects: Iterable[Manifest]) -> None:
        """Delete objects at once; nobody collects garbage, so all that is meant has to be named."""
        self._each(self._removed, objects)

    def _each(self, action: Callable[[T], None], given: Iterable[T]) -> None:
        """On connections of their own: the server closes what was idle since the last time."""
        self._own = threading.local()
        for _ in self._threads.map(action, given):
            pass

    def _written(self, objects: list[Manifest]) -> None:
        uids: dict[str, str] = {}
        for item in objects:
            metadata = item["metadata"]
            text = json.dumps({key: value for key, value in item.items() if key != "status"})
            for given, real in uids.items():
                text = text.replace(given, real)
            created = self._send("POST", f"{collection(item)}?fieldManager={_manager(item)}", text)
            if "uid" in metadata:
                uids[metadata["uid"]] = created["metadata"]["uid"]
            if "status" in item:
                status = json.dumps({"status": item["status"]})
                self._send("PATCH", f"{collection(item)}/{metadata['name']}/status?fieldManager={_manager(item, status=True)}", status, MERGE)

    def _removed(self, item: Manifest) -> None:
        self._send("DELETE", f"{collection(item)}/{item['metadata']['name']}", json.dumps({"gracePeriodSeconds": 0, "propagationPolicy": "Background"}))

    def _send(self, method: str, path: str, body: str, content: str = "application/json") -> Manifest:
        connection = self._connection()
        connection.request(method, path, body.encode(), {"Content-Type": content, "Accept": METADATA})
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status < 300 or (answer.status == 409 and path.startswith("/api/v1/namespaces?")), f"{method} {path}: {answer.status} {data.decode()}"
        found: Manifest = json.loads(data)
        return found

    def _connection(self) -> http.client.HTTPSConnection:
        """This thread's own."""
        if not hasattr(self._own, "connection"):
            self._own.connection = self._door.connection()
        connection: http.client.HTTPSConnection = self._own.connection
        return connection


def collection(item: Manifest) -> str:
    """The path of the list that an object stands in."""
    version, kind, namespace = item["apiVersion"], item["kind"], item["metadata"].get("namespace")
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    plural = _PLURALS.get(kind, f"{kind.lower()}s")
    return f"{root}/{plural}" if kind in _OF_THE_CLUSTER else f"{root}/namespaces/{namespace}/{plural}"


def _manager(item: Manifest, status: bool = False) -> str:
    """Who would have written it: a kubelet the status of a Pod, a controller what has an owner, kubectl the rest."""
    if status:
        return _MANAGERS.get(item["kind"], "kube-controller-manager")
    return "kube-controller-manager" if item["metadata"].get("ownerReferences") else "kubectl"
