"""Objects of one resource: created, deleted and watched, by the official client."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import urllib3
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.resource import Resource as Served
from kubernetes.dynamic.resource import Subresource
from kubernetes.watch import Watch

from kubectl_svcdoctor.collect.connection.official import served
from kubectl_svcdoctor.collect.connection.response import Response
from kubectl_svcdoctor.collect.connection.translate import trouble
from kubectl_svcdoctor.collect.connection.transport import CONNECT_SECONDS, Transport
from kubectl_svcdoctor.collect.connection.trouble import Forbidden, Unreachable
from kubectl_svcdoctor.model.meta import Resource

# How long after its time the API server may end a watch before it counts as lost.
MARGIN = 5.0


@dataclass(frozen=True)
class Change:
    """An event of a watch: ADDED, MODIFIED, DELETED or BOOKMARK, the version of the object or the list, and the object."""

    type: str
    version: str
    item: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """The object as an answer would hold it."""
        return json.dumps(self.item).encode()


class Objects:
    """What is not read: every method may raise Unreachable, TimedOut, TLSTrouble or CredentialTrouble."""

    def __init__(self, transport: Transport, resource: Resource) -> None:
        self._transport, self._served = transport, served(transport, resource)

    def create(self, namespace: str, manifest: Mapping[str, Any]) -> Response:
        """The answer, whatever its status."""
        return self._answered("create", namespace=namespace, body=dict(manifest))

    def delete(self, namespace: str, name: str) -> Response:
        """The answer, whatever its status."""
        return self._answered("delete", namespace=namespace, name=name)

    def patch_part(self, namespace: str, name: str, part: str, body: Mapping[str, Any]) -> Response:
        """The answer to a strategic merge patch of a subresource, whatever its status."""
        whole = self._served
        served_part = Subresource(whole, kind=whole.kind, name=f"{whole.name}/{part}", namespaced=whole.namespaced)
        return self._answered("patch", served_part, namespace=namespace, name=name, body=dict(body))

    def changes(self, namespace: str | None, labels: str, fields: str, version: str, seconds: float) -> Iterator[Change]:
        """What changes after `version`, as it happens, for about so many seconds. Raises Forbidden without the right to watch, and Unreachable for a
        version that is too old."""
        limit = math.ceil(seconds)
        asked = Watch().stream(
            self._served.get, serialize=False, namespace=namespace, label_selector=labels or None, field_selector=fields or None,
            resource_version=version, allow_watch_bookmarks=True, timeout_seconds=limit, _request_timeout=(CONNECT_SECONDS, limit + MARGIN))
        try:
            with closing(asked) as events:
                for event in events:
                    yield _change(event)
        except ApiException as refusal:
            raise _refused(refusal) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise trouble(error, self._transport.target.server, self._transport.proxy, limit + MARGIN) from None
        except (LookupError, TypeError, ValueError, AttributeError):
            raise Unreachable("something between here and the API server answers a watch in its place") from None

    def _answered(self, verb: str, where: Served | None = None, **asked: Any) -> Response:
        try:
            answer = getattr(where or self._served, verb)(serialize=False, **asked)
        except ApiException as refusal:
            return Response(int(refusal.status), _body(refusal))
        return Response(int(answer.status), bytes(answer.data))


def _change(event: Any) -> Change:
    """The event of a line. Raises LookupError, TypeError or AttributeError for a line that is none."""
    item = event["raw_object"]
    return Change(str(event["type"]), str(item["metadata"].get("resourceVersion") or ""), item)


def _refused(refusal: ApiException) -> Exception:
    try:
        message = str(json.loads(_body(refusal))["message"])
    except (ValueError, LookupError, TypeError):
        message = str(refusal.reason or f"HTTP status {refusal.status}")
    return (Forbidden if refusal.status in (401, 403) else Unreachable)(f"the API server does not let it be watched: {message}")


def _body(refusal: ApiException) -> bytes:
    body: Any = refusal.body
    return body if isinstance(body, bytes) else str(body or "").encode()
