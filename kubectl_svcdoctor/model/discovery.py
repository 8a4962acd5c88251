"""What an API server serves: groups with their versions and kinds (discovery), so that absent, empty and withheld are three answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from kubectl_svcdoctor.model.meta import KubernetesObject, Resource, Value
from kubectl_svcdoctor.model.snapshot import Absent, Query, Unknown


class ServedResource(Value, frozen=True):
    """One resource of a version; `resource` is its plural name."""

    resource: str = ""


class ServedVersion(Value, frozen=True):
    """One version of a group. `freshness` is Stale where an API server behind this one does not answer, so that what it serves is not known."""

    version: str = ""
    freshness: str = ""
    resources: tuple[ServedResource, ...] = ()


class APIGroup(KubernetesObject, frozen=True):
    """A group with its versions, as aggregated discovery lists them (KEP-3352; apidiscovery.k8s.io/v2). Its name is the group's.

    It is asked for by that name, and the names that are asked for at once cost one request: GET /apis, which every authenticated user may send
    (ClusterRole system:discovery).
    """

    resource: ClassVar[Resource] = Resource("apidiscovery.k8s.io", "v2", "", "APIGroupDiscovery", namespaced=False)
    versions: tuple[ServedVersion, ...] = ()


def group_of(kind: type[KubernetesObject]) -> Query[APIGroup]:
    """What has to be known before a kind is read that not every server has."""
    return Query(APIGroup, name=kind.resource.group)


def served(resource: Resource, groups: Iterable[APIGroup]) -> str | Absent | Unknown:
    """The best version of a resource that is served."""
    offered = {version.version: version for group in groups if group.name == resource.group for version in group.versions}
    plural = resource.plural.partition("/")[0]
    for name in resource.versions:
        if name in offered and any(entry.resource == plural for entry in offered[name].resources):
            return name
    stale = [name for name in resource.versions if name in offered and offered[name].freshness == "Stale"]
    if stale:
        return Unknown(f"whether {resource.qualified} are served", "unreachable", f"the API server behind {resource.group}/{stale[0]} does not answer",
                       "look at its APIService: kubectl get apiservices")
    return Absent(f"the server does not serve {resource.qualified}")
