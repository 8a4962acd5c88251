"""Hand-written objects on a real API server: Pods and Nodes as a manifest gives them, with their status.

What only the server may set (uid, times, versions) is left out, and every mention of a manifest's uid becomes the uid
that the server gave. So objects are written in the order in which they refer to each other, several at a time.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.lab.errors import LabError
from tests.lab.rest import THREADS, Api, ApiError, Manifest, Resource
from tests.lab.serverfields import called, grace_seconds, is_deleted, renamed, wanted, waves

_MERGE = "application/merge-patch+json"
_IN_EVERY_NAMESPACE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}
_ATTEMPTS = 5
_EMPTY_SECONDS = 60


class Objects:
    """Writes and deletes objects as the user of `api`."""

    def __init__(self, api: Api) -> None:
        """Use these connections; threads start on first use and end with `close`."""
        self._api = api
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="objects")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def write(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """Make the server hold these objects, status and deletion included, and return them as it has them.

        An object that exists already is replaced. Raises `ApiError` naming the object that the server refuses; unknown
        fields are refused too. A deletionTimestamp becomes a real one (the server's clock), kept by a finalizer.
        """
        given = list(manifests)
        uids: dict[str, str] = {}
        written: dict[int, Manifest] = {}
        for wave in waves(given, self._rank):
            results = list(self._threads.map(self._write, [renamed(given[at], uids) for at in wave]))
            written.update(zip(wave, results, strict=True))
            uids |= {given[at]["metadata"].get("uid", ""): written[at]["metadata"]["uid"] for at in wave}
        return [written[at] for at in range(len(given))]

    def delete(self, manifests: Iterable[Manifest]) -> None:
        """Remove objects at once, whatever their finalizers and grace periods; those that are gone are fine."""
        list(self._threads.map(self._delete, list(manifests)))

    def unique_namespace(self, prefix: str = "case") -> str:
        """Create an empty namespace and return its name, `PREFIX-` and eight random digits."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.write([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}])
        return name

    def delete_namespace(self, name: str) -> None:
        """Empty a namespace and let it go; the namespace controller ends it a little later."""
        self.delete_namespace_content(name)
        self._api.request("DELETE", self._api.resource("v1", "Namespace").path(name=name))

    def delete_namespace_content(self, namespace: str) -> None:
        """Remove all that a namespace holds but what every namespace has; come back when it is gone.

        Raises `LabError` when something is made anew again and again.
        """
        kinds = _stored(self._api.resources())
        # Services first: as long as one is there, the controllers make its slices anew.
        self._empty([kind for kind in kinds if kind.kind == "Service"], namespace)
        deadline = time.monotonic() + _EMPTY_SECONDS
        while self._empty(kinds, namespace):
            if time.monotonic() > deadline:
                raise LabError(f"the namespace {namespace} is not empty after {_EMPTY_SECONDS} s of deleting")

    def _empty(self, kinds: list[Resource], namespace: str) -> bool:
        """Delete what is found; return whether there was something."""
        found = [item for items in self._threads.map(lambda kind: self._list(kind, namespace), kinds) for item in items]
        self.delete(found)
        return bool(found)

    def _list(self, kind: Resource, namespace: str) -> list[Manifest]:
        items = self._api.request("GET", kind.path(namespace))["items"]
        named = [item for item in items if (kind.kind, item["metadata"]["name"]) not in _IN_EVERY_NAMESPACE]
        return [{**item, "apiVersion": kind.api_version, "kind": kind.kind} for item in named]

    def _rank(self, manifest: Manifest) -> int:
        """Namespaces before what Pods may refer to by name (classes, nodes, accounts), these before all others."""
        if manifest["kind"] == "Namespace":
            return 0
        return 1 if manifest["kind"] == "ServiceAccount" or not self._resource(manifest).namespaced else 2

    def _resource(self, manifest: Manifest) -> Resource:
        return self._api.resource(manifest["apiVersion"], manifest["kind"])

    def _write(self, manifest: Manifest) -> Manifest:
        try:
            return self._apply(manifest)
        except ApiError as error:
            raise ApiError(error.status, error.reason, f"{called(manifest)}: {error}") from None

    def _apply(self, manifest: Manifest) -> Manifest:
        resource = self._resource(manifest)
        # The phase of a Namespace follows from its deletion; the server takes no other.
        apart = "status" in resource.subresources
        current = self._create(resource, wanted(manifest, status_apart=apart))
        if manifest["metadata"].get("managedFields"):
            current = self._give_managers(resource, current, manifest["metadata"]["managedFields"])
        if apart and "status" in manifest and resource.kind != "Namespace":
            path = _path(resource, current, "status")
            current = self._replace(path, current, lambda found: {**found, "status": manifest["status"]})
        if is_deleted(manifest):
            self._api.request("DELETE", _path(resource, current), {"gracePeriodSeconds": grace_seconds(manifest)})
            current = self._get(_path(resource, current))
        return current

    def _create(self, resource: Resource, body: Manifest) -> Manifest:
        path = resource.path(body["metadata"].get("namespace", ""))
        try:
            created: Manifest = self._api.request("POST", path, body, fieldValidation="Strict", fieldManager="lab")
            return created
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
        path = _path(resource, body)
        return self._replace(path, self._get(path), lambda found: _with_version(body, found))

    def _give_managers(self, resource: Resource, current: Manifest, managers: list[Manifest]) -> Manifest:
        """Let the object say who set what and when, as the manifest does."""
        patch = {"metadata": {"managedFields": managers}}
        manager = managers[-1]["manager"]
        patched: Manifest = self._api.request(
            "PATCH", _path(resource, current), patch, content=_MERGE, fieldManager=manager
        )
        return patched

    def _replace(self, path: str, current: Manifest, change: Callable[[Manifest], Manifest]) -> Manifest:
        """PUT what `change` makes of the object, anew when a controller was quicker."""
        for attempt in range(_ATTEMPTS):
            try:
                replaced: Manifest = self._api.request("PUT", path, change(current), fieldManager="lab")
                return replaced
            except ApiError as error:
                if error.reason != "Conflict" or attempt == _ATTEMPTS - 1:
                    raise
                current = self._get(path)
        raise AssertionError("the last attempt returns or raises")

    def _get(self, path: str) -> Manifest:
        found: Manifest = self._api.request("GET", path)
        return found

    def _delete(self, manifest: Manifest) -> None:
        path = _path(self._resource(manifest), manifest)
        try:
            if manifest["metadata"].get("finalizers") or is_deleted(manifest):
                self._api.request("PATCH", path, {"metadata": {"finalizers": None}}, content=_MERGE)
            self._api.request("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        except ApiError as error:
            if error.status != 404:
                raise


def _path(resource: Resource, manifest: Manifest, subresource: str = "") -> str:
    metadata = manifest["metadata"]
    return resource.path(metadata.get("namespace", ""), metadata["name"], subresource)


def _with_version(body: Manifest, found: Manifest) -> Manifest:
    return {**body, "metadata": {**body["metadata"], "resourceVersion": found["metadata"]["resourceVersion"]}}


def _stored(resources: list[Resource]) -> list[Resource]:
    """One version of each namespaced kind that can be listed and deleted; the first that is served is preferred."""
    found: dict[tuple[str, str], Resource] = {}
    for resource in resources:
        if resource.namespaced and {"list", "delete"} <= resource.verbs:
            found.setdefault((resource.api_version.rpartition("/")[0], resource.kind), resource)
    return list(found.values())
