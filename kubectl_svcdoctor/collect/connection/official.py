"""The official client on our connection.

Its requests leave through the same door as all others: the same address, TLS settings and proxy, credentials that are renewed, every group that is
impersonated (its own headers are a mapping, which holds one), the same limits in time, log and errors. It is not asked to read a kubeconfig.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource as Served

from kubectl_svcdoctor.collect.connection.transport import CONNECT_SECONDS, Transport
from kubectl_svcdoctor.model.meta import Resource


def api_client(transport: Transport) -> ApiClient:
    """A client whose every request is ours."""
    # Without a proxy, which would else be taken from the environment; also for the client that each Watch makes for itself and never asks.
    configuration = Configuration(host=transport.target.server, proxy="", no_proxy="")
    Configuration.set_default(configuration)
    client = ApiClient(configuration)
    client.rest_client.pool_manager = Door(transport)
    return client


def served(transport: Transport, resource: Resource) -> Served:
    """A resource of the dynamic client, which needs no models (they cost half a second to import), and here no discovery either."""
    dynamic = DynamicClient(api_client(transport), discoverer=lambda client, cache_file: None)
    return Served(prefix="apis" if resource.group else "api", group=resource.group, api_version=resource.version, kind=resource.kind,
                  name=resource.plural, namespaced=resource.namespaced, client=dynamic)


class Door:
    """Stands where the official client has urllib3's pool of connections."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def request(self, method: str, url: str, headers: Mapping[str, str], body: str | None = None, timeout: urllib3.Timeout | None = None,
                **unused: Any) -> urllib3.BaseHTTPResponse:
        """The answer; that to a watch is read as it comes. `fields` is empty and `preload_content` false in whatever the client asks here."""
        path = url.removeprefix(self._transport.target.server)
        if "watch" in parse_qs(urlsplit(url).query):
            return self._transport.opened(path, timeout or urllib3.Timeout(connect=CONNECT_SECONDS))
        content = {"Content-Type": headers["Content-Type"]} if body is not None else {}
        answer = self._transport.send(method, path, {}, content, None if body is None else body.encode(), None)
        return urllib3.HTTPResponse(io.BytesIO(answer.body), {"Content-Type": "application/json"}, answer.status, preload_content=False)

    def clear(self) -> None:
        """The connections belong to the transport."""
