"""Puts a case onto a real API server: the same manifests, with statuses, uids and times as a real server keeps them."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3
import yaml

from kubectl_svcdoctor.collect.decode import kinds
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.meta import KubernetesObject, Resource
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Answer, Query
from kubectl_svcdoctor.model.workload import PodLog
from tests.support.cases import base

Manifest = dict[str, Any]
# The server dates every object "now"; the cases' objects are old. So the cases' clock is set an hour ahead of the server's.
AHEAD = timedelta(hours=1)
ORDER = ("Namespace", "Node", "Service", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod")
WITH_STATUS = {"Namespace", "Node", "Service", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod"}
SERVER_SET = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
ESTABLISHED_WITHIN = 20.0
FOREIGN = frozenset({"kubernetes"})


class REST:
    """Plain requests as the administrator of a kubeconfig's cluster."""

    def __init__(self, kubeconfig: Path, agent: str = "kubectl-apply") -> None:
        document = yaml.safe_load(kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        folder = kubeconfig.parent
        self.server = cluster["server"]
        self.beside: dict[tuple[str, str], Resource] = {}  # kinds that were written though not every server has them
        self._pool = urllib3.PoolManager(
            ca_certs=str(pem(cluster, "certificate-authority", folder)), cert_file=str(pem(user, "client-certificate", folder)),
            key_file=str(pem(user, "client-key", folder)), maxsize=4, headers={"User-Agent": agent},
        )

    def send(self, method: str, path: str, body: object = None, content: str = "application/json") -> tuple[int, Manifest]:
        answer = self._pool.request(method, self.server + path, body=None if body is None else json.dumps(body),
                                    headers={**self._pool.headers, "Content-Type": content}, retries=False)
        if "json" not in answer.headers.get("Content-Type", ""):  # a path that nobody serves is answered in plain text
            return answer.status, {"message": answer.data.decode()}
        return answer.status, json.loads(answer.data)

    def done(self, method: str, path: str, body: object = None, content: str = "application/json") -> Manifest:
        """The answer of a request that must succeed."""
        status, answer = self.send(method, path, body, content)
        assert status < 300, f"{method} {path}: {status} {answer.get('message')}"
        return answer


def pem(entry: Mapping[str, str], name: str, folder: Path) -> Path:
    """The file of a certificate, written out of the kubeconfig where it is embedded."""
    import base64
    import hashlib

    if name in entry:
        return folder / entry[name]
    data = base64.b64decode(entry[f"{name}-data"])
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.pem"
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path


def written(rest: REST, objects: Iterable[Manifest], clock: datetime | None = None) -> datetime:
    """Create the objects in an order in which each may refer to the ones before; statuses through the status subresource. What comes back is the moment
    that the cases' clock shows in them: on a slow machine they would be older than the cases say when they are read."""
    then = datetime.now(UTC).replace(microsecond=0) + AHEAD  # the server keeps whole seconds
    shift = then - (clock or base()["clock"])
    real: dict[str, str] = {}
    place = {kind: number for number, kind in enumerate(ORDER)}
    waiting = sorted(objects, key=lambda item: place.get(item["kind"], len(ORDER)))
    _namespaces(rest, waiting)
    for item in waiting:
        _write(rest, _mapped(copy.deepcopy(item), real, shift), real, item)
    return then


def _namespaces(rest: REST, objects: list[Manifest]) -> None:
    """Namespaces that objects stand in, though the case does not speak of them."""
    wanted = {item["metadata"].get("namespace") for item in objects} - {None}
    given = {item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"}
    for name in sorted(wanted - given):
        rest.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def _write(rest: REST, item: Manifest, real: dict[str, str], original: Manifest) -> None:
    metadata = item["metadata"]
    for field in SERVER_SET:
        metadata.pop(field, None)
    status = item.pop("status", None) if item["kind"] in WITH_STATUS else None
    deleted = original["metadata"].get("deletionTimestamp")
    if deleted and item["kind"] != "Pod":
        metadata["finalizers"] = metadata.get("finalizers") or ["example.com/held"]
    resource = _resource(rest, item)
    code, created = rest.send("POST", collection(resource, metadata.get("namespace")), item)
    if code == 409 and item["kind"] in ("Namespace", "Node", "Lease"):
        created = rest.done("PATCH", single(resource, metadata), item, "application/merge-patch+json")
    else:
        assert code < 300, f"{item['kind']} {metadata['name']}: {code} {created.get('message')}"
    if original["metadata"].get("uid"):
        real[original["metadata"]["uid"]] = created["metadata"]["uid"]
    if status and item["kind"] != "Namespace":
        rest.done("PATCH", single(resource, metadata) + "/status", {"status": status}, "application/merge-patch+json")
    if deleted:
        _delete(rest, resource, metadata, deleted, item["kind"])


def _delete(rest: REST, resource: Resource, metadata: Manifest, when: str, kind: str) -> None:
    """Deleted at the time that the case says: for a Pod the grace period carries its end to that moment."""
    options: Manifest = {}
    if kind == "Pod":
        ends = datetime.fromisoformat(when) - base()["clock"] + AHEAD
        options = {"gracePeriodSeconds": max(1, int(ends.total_seconds()))}
    rest.done("DELETE", single(resource, metadata), options)


def _mapped(value: Any, real: Mapping[str, str], shift: timedelta) -> Any:
    """The manifest with the server's uids, and times as far from now as the case has them from its own clock."""
    if isinstance(value, dict):
        return {key: _mapped(entry, real, shift) for key, entry in value.items()}
    if isinstance(value, list):
        return [_mapped(entry, real, shift) for entry in value]
    if isinstance(value, str):
        if TIME.fullmatch(value):
            moved = datetime.fromisoformat(value) + shift
            return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if "." in value else "%Y-%m-%dT%H:%M:%SZ")
        return real.get(value, value)
    return value


def cleared(rest: REST) -> None:
    """Everything that cases have written is gone; the server's own objects stay."""
    written_kinds = [*(kind.resource for kind in kinds().values() if kind.resource.everywhere), *rest.beside.values()]
    for resource in sorted(written_kinds, key=lambda resource: ORDER.index(resource.kind) if resource.kind in ORDER else 99, reverse=True):
        if resource.kind == "Namespace" or "/" in resource.plural or not resource.plural:  # discovery is written by nobody
            continue
        for item in rest.done("GET", collection(resource, None)).get("items") or ():
            metadata = item["metadata"]
            if metadata["name"] in FOREIGN or metadata["name"].startswith(("kube-root-ca", "system:", "extension-apiserver")):
                continue
            if metadata.get("namespace") == "kube-system" and resource.kind in ("ConfigMap", "Lease") and metadata["name"].startswith("apiserver"):
                continue
            if metadata.get("finalizers"):
                rest.send("PATCH", single(resource, metadata), {"metadata": {"finalizers": None}}, "application/merge-patch+json")
            # Nobody collects garbage here: a Job that is deleted by its own default would wait for that for ever.
            rest.send("DELETE", single(resource, metadata), {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})


def collected(rest: REST) -> None:
    """Slices whose Service is gone are gone too, as a garbage collector, which does not run here, would have it.

    A controller that is still at work on what a case has left writes such a slice after `cleared`; if the next case has a Service of the same name
    without a selector, no controller ever removes it.
    """
    slices, services = (collection(kind.resource, None) for kind in (EndpointSlice, Service))
    alive = {item["metadata"]["uid"] for item in rest.done("GET", services)["items"]}
    for item in rest.done("GET", slices)["items"]:
        owners = [owner["uid"] for owner in item["metadata"].get("ownerReferences", ()) if owner["kind"] == "Service"]
        if owners and not alive.intersection(owners):
            rest.send("DELETE", single(EndpointSlice.resource, item["metadata"]))


def collection(resource: Resource, namespace: str | None) -> str:
    """The path of a kind's list."""
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    return f"{root}/namespaces/{namespace}/{resource.plural}" if namespace and resource.namespaced else f"{root}/{resource.plural}"


def single(resource: Resource, metadata: Manifest) -> str:
    return f"{collection(resource, metadata.get('namespace'))}/{metadata['name']}"


def _resource(rest: REST, item: Manifest) -> Resource:
    """Where the server has objects of this kind; a kind that an operator would bring is brought."""
    key = (item["apiVersion"], item["kind"])
    kind = kinds().get(key)
    if kind and kind.resource.everywhere:
        return kind.resource
    if key not in rest.beside:
        rest.beside[key] = _served(rest, *key) or _brought(rest, *key)
    return rest.beside[key]


def _served(rest: REST, api_version: str, kind: str) -> Resource | None:
    group, _, version = api_version.rpartition("/")
    status, answer = rest.send("GET", f"/apis/{api_version}" if group else f"/api/{version}")
    found = (entry for entry in answer.get("resources", ()) if entry["kind"] == kind and "/" not in entry["name"])
    return next((Resource(group, version, entry["name"], kind, entry["namespaced"]) for entry in found), None) if status < 300 else None


def _brought(rest: REST, api_version: str, kind: str) -> Resource:
    """The kind, defined by a CustomResourceDefinition that takes any field."""
    group, _, version = api_version.rpartition("/")
    known = kinds().get((api_version, kind))
    plural, namespaced = (known.resource.plural, known.resource.namespaced) if known else (f"{kind.lower()}s", True)
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    rest.done("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced" if namespaced else "Cluster", "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
                 "versions": [{"name": version, "served": True, "storage": True, "schema": schema}]},
    })
    deadline = time.monotonic() + ESTABLISHED_WITHIN
    while not (found := _served(rest, api_version, kind)):
        assert time.monotonic() < deadline, f"the server does not serve {plural}.{group} after {ESTABLISHED_WITHIN} s"
        time.sleep(0.1)
    return found


class Ahead:
    """A Source whose clock is ahead, so that what was written just now is as old as in the cases; it stands at `moment` where that is given. No kubelet
    runs: `logs` are what one would serve."""

    def __init__(self, source: Any, logs: Iterable[PodLog] = (), moment: datetime | None = None) -> None:
        self.source = source
        self._logs = tuple(logs)
        self._moment = moment

    @property
    def requests(self) -> int:
        return int(self.source.requests)

    def ask(self, queries: Iterable[Query[KubernetesObject]]) -> Mapping[Query[KubernetesObject], Answer]:
        asked = list(queries)
        logs = {query: tuple(log for log in self._logs if query.admits(log)) for query in asked if query.kind is PodLog}
        answers: Mapping[Query[KubernetesObject], Answer] = self.source.ask([query for query in asked if query not in logs])
        return {**answers, **logs}

    def now(self) -> datetime:
        now: datetime = self.source.now()
        return self._moment or now + AHEAD

    def cluster(self) -> Cluster:
        cluster: Cluster = self.source.cluster()
        return cluster
