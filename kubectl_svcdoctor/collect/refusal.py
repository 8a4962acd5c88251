"""What an answer other than 200 to a query means: nothing there, or an Unknown that says what would unlock it."""

from __future__ import annotations

from kubectl_svcdoctor.collect.connection import Response
from kubectl_svcdoctor.collect.status import status, words
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.workload import PodLog

Some = Query[KubernetesObject]
BETWEEN = "something between here and the API server answers in its place: check server and proxy-url in the kubeconfig"


def absent(query: Some, response: Response) -> bool:
    """Whether the API server itself says that there is no such object, or no such run of a container (400 for a log).

    Source: apimachinery, pkg/api/errors (NewNotFound, NewGenericServerResponse).
    """
    told = status(response)
    if told is None:
        return False
    if response.status == 400:
        return query.kind is PodLog and told.reason == "BadRequest"
    if response.status != 404 or told.reason != "NotFound":
        return False
    resource = query.kind.resource
    plural = resource.plural.partition("/")[0]
    return bool(query.name) and (told.details.name, told.details.group) == (query.name, resource.group) and told.details.kind in (plural, resource.plural)


def unserved(query: Some, response: Response) -> bool:
    """Whether the API server itself says that the group has no such resource: a 404 that names nothing. Of the core group every server has all."""
    told = status(response)
    return (response.status == 404 and told is not None and told.reason == "NotFound" and not (told.details.kind or told.details.name)
            and bool(query.kind.resource.group))


def refusal(query: Some, response: Response) -> Unknown:
    """An answer that holds nothing of what was asked for. A 404 that is not about it comes from somebody else."""
    message = words(response)
    if response.status == 404 or response.status < 400:
        return Unknown(describe(query), "malformed", message, BETWEEN)
    if response.status == 403:
        return Unknown(describe(query), "forbidden", message, unlock(query))
    if response.status in (408, 429, 504):
        return Unknown(describe(query), "timeout", message, "try again in a moment")
    return Unknown(describe(query), "unreachable", message, "look at the API server's own log")


def describe(query: Some) -> str:
    """`pods in namespace shop`, `nodes`, `service web in namespace shop`: how a report names a read."""
    if query.kind is PodLog:
        return f"the log of pod {query.name} in namespace {query.namespace}"
    kind = query.kind.resource.kind.lower() + " " + query.name if query.name else query.kind.resource.plural
    if not query.kind.resource.namespaced:
        return kind
    return f"{kind} in namespace {query.namespace}" if query.namespace else f"{kind} in all namespaces"


def unlock(query: Some) -> str:
    """The kubectl command that tells whether this read is allowed, for an administrator who would allow it."""
    resource = query.kind.resource
    scope = f" -n {query.namespace}" if query.namespace else " -A" if resource.namespaced else ""
    name, _, subresource = resource.qualified.partition("/")
    part = f" --subresource={subresource}" if subresource else ""
    return f"ask for the right to {query.verb} {resource.qualified}: kubectl auth can-i {query.verb} {name}{part}{scope}"
