"""Discovery: which groups, versions and kinds an API server serves, in one request where it knows how to tell all at once (KEP-3352)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.connection import Connection, Response
from kubectl_svcdoctor.collect.refusal import BETWEEN
from kubectl_svcdoctor.collect.status import words
from kubectl_svcdoctor.model.discovery import APIGroup, ServedResource, ServedVersion
from kubectl_svcdoctor.model.meta import ObjectMeta, Value
from kubectl_svcdoctor.model.snapshot import Query, Unknown

WHAT = "which APIs the server serves"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
# Kubernetes 1.30 and newer, 1.26 to 1.29, and whoever has no more than the list of groups.
ACCEPT = ",".join((AGGREGATED.format(version="v2"), AGGREGATED.format(version="v2beta1"), "application/json"))
Asked = Query[APIGroup]


class NamedVersion(Value, frozen=True):
    version: str = ""


class NamedGroup(Value, frozen=True):
    name: str = ""
    versions: tuple[NamedVersion, ...] = ()


class Listed(Value, frozen=True):
    """An APIGroupDiscoveryList, which has items, or an APIGroupList (meta/v1), which has groups: whichever the server knows."""

    kind: str = ""
    items: tuple[APIGroup, ...] = ()
    groups: tuple[NamedGroup, ...] = ()


class NamedResource(Value, frozen=True):
    name: str = ""


class Resources(Value, frozen=True):
    """An APIResourceList (meta/v1): one version of one group."""

    kind: str = ""
    resources: tuple[NamedResource, ...] = ()


class Refused(Exception):
    """The server does not tell; `unknown` says why."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown)
        self.unknown = unknown


def discovered(connection: Connection, queries: Collection[Asked]) -> Mapping[Asked, tuple[APIGroup, ...] | Unknown]:
    """Each of these groups with what is served of it: one, or none. Where the server knows no aggregated discovery, each of their versions is asked for.

    Raises UserError where there is no answer, and what `decode.MALFORMED` lists on junk.
    """
    try:
        listed: Listed = decode.read(Listed, _told(connection, "/apis", ACCEPT))
        found = {group.name: group for group in listed.items}
        if listed.kind == "APIGroupList":
            names = {query.name for query in queries}
            found = {group.name: _asked(connection, group) for group in listed.groups if group.name in names}
        elif listed.kind != "APIGroupDiscoveryList":
            raise decode.NotAskedFor(f"the answer is a {listed.kind or 'document without a kind'}, not a list of API groups")
    except Refused as refused:
        return dict.fromkeys(queries, refused.unknown)
    return {query: (found[query.name],) if query.name in found else () for query in queries}


def _asked(connection: Connection, group: NamedGroup) -> APIGroup:
    """The group with the resources of its versions, one after the other: a few, and only on servers older than 1.26."""
    versions = []
    for entry in group.versions:
        listed: Resources = decode.read(Resources, _told(connection, f"/apis/{group.name}/{entry.version}"))
        versions.append(ServedVersion(entry.version, resources=tuple(ServedResource(resource.name) for resource in listed.resources)))
    return APIGroup(ObjectMeta(group.name), tuple(versions))


def _told(connection: Connection, path: str, accept: str | None = None) -> bytes:
    """The body of an answer. Raises Refused for one that is none."""
    response = connection.get(path, accept=accept)
    if response.status == 401:
        raise connection.refused()
    if response.status != 200:
        raise Refused(_refusal(path, response))
    return response.body


def _refusal(path: str, response: Response) -> Unknown:
    message = words(response)
    if response.status == 403:
        return Unknown(WHAT, "forbidden", message, f"ask for the right to get {path}: kubectl auth can-i get {path}")
    if response.status in (408, 429, 504):
        return Unknown(WHAT, "timeout", message, "try again in a moment")
    if response.status in (502, 503):
        return Unknown(WHAT, "unreachable", message, "look at its APIService: kubectl get apiservices")
    return Unknown(WHAT, "malformed", message, BETWEEN)
