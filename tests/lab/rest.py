"""The Kubernetes API over plain HTTPS: a few kept connections for several threads, and what is served there."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from tests.lab import netns as namespaces

Manifest = dict[str, Any]
THREADS = 8
_JSON = "application/json"
_DISCOVERY = f"{_JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class ApiError(RuntimeError):
    """The API server said no. `status` is HTTP's, `reason` is the reason of the Status object ("AlreadyExists")."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        """Keep what the server answered."""
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Resource:
    """How one kind is served; `subresources` as in {"status"}."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]
    subresources: frozenset[str]

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Return the path of the collection, or of one object, or of its subresource."""
        parts = ["api" if self.api_version == "v1" else "apis", self.api_version]
        if self.namespaced and namespace:
            parts += ["namespaces", quote(namespace)]
        parts += [part for part in (self.plural, quote(name, safe=""), subresource) if part]
        return "/" + "/".join(parts)


class Api:
    """One user's connections to one API server, which may listen in another network namespace."""

    def __init__(self, server: str, authority: Path, certificate: Path, key: Path, *, netns: str | None = None) -> None:
        """Connect to `server` (https://HOST:PORT) on first use, with a client certificate; the paths name PEM files."""
        at = urlsplit(server)
        assert at.hostname is not None
        self._pool = HTTPSConnectionPool(
            at.hostname,
            at.port,
            maxsize=THREADS,
            block=True,
            retries=False,
            ca_certs=str(authority),
            cert_file=str(certificate),
            key_file=str(key),
        )
        self._pool.ConnectionCls = _connection_in(netns)
        self._resources: dict[tuple[str, str], Resource] = {}

    def request(self, method: str, path: str, body: Any = None, *, content: str = _JSON, **query: str) -> Any:
        """Return the JSON that is answered; raise `ApiError` from status 400 on, `HTTPError` when there is none."""
        text = None if body is None else json.dumps(body).encode()
        url = f"{path}?{urlencode(query)}" if query else path
        accept = _DISCOVERY if path in ("/api", "/apis") else _JSON
        headers = {"Accept": accept, "Content-Type": content}
        answer = self._pool.urlopen(method, url, body=text, headers=headers, timeout=60)
        if answer.status >= 400:
            raise _refusal(answer)
        return json.loads(answer.data)

    def answers(self, path: str) -> bool:
        """Return whether a GET of `path` ("/readyz") is answered with 200; no answer is a no."""
        try:
            return self._pool.urlopen("GET", path, timeout=2).status == 200
        except (urllib3.exceptions.HTTPError, OSError):
            return False

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return how a kind is served; raise `ApiError` 404 when it is not, though asked anew."""
        key = (api_version, kind)
        if key not in self._resources:
            self._resources = {(found.api_version, found.kind): found for found in self.resources()}
        if key not in self._resources:
            raise ApiError(404, "NotFound", f"the server has no kind {kind} in {api_version}")
        return self._resources[key]

    def resources(self) -> list[Resource]:
        """Return all kinds that the server has now, each in all versions that are served."""
        groups = [group for path in ("/api", "/apis") for group in self.request("GET", path)["items"]]
        return [
            _resource(f"{name}/{version['version']}".lstrip("/"), entry)
            for group in groups
            for name in (group["metadata"].get("name", ""),)
            for version in group["versions"]
            for entry in version.get("resources", ())
            if entry.get("responseKind")
        ]

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _resource(api_version: str, entry: Manifest) -> Resource:
    below = frozenset(found["subresource"] for found in entry.get("subresources", ()))
    namespaced = entry["scope"] == "Namespaced"
    kind = entry["responseKind"]["kind"]
    return Resource(api_version, kind, entry["resource"], namespaced, frozenset(entry["verbs"]), below)


def _refusal(answer: urllib3.BaseHTTPResponse) -> ApiError:
    """What the server said, which is a Status object but for a few paths."""
    text = answer.data.decode(errors="replace")
    try:
        status = json.loads(text)
    except ValueError:
        status = {}
    return ApiError(answer.status, status.get("reason", answer.reason or ""), status.get("message", text[:500]))


def _connection_in(netns: str | None) -> type[HTTPSConnection]:
    class Connection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            with namespaces.entered(netns):
                return super()._new_conn()

    return Connection
