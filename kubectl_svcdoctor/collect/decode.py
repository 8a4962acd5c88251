"""JSON of the API server into frozen values, only the fields that are read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any, Generic, TypeVar

import msgspec

from kubectl_svcdoctor import model
from kubectl_svcdoctor.model.discovery import APIGroup, group_of
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectMeta, Value
from kubectl_svcdoctor.model.registration import RegistrationError, load_all
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import PodLog

K = TypeVar("K", bound=KubernetesObject)


class ListMeta(Value, frozen=True):
    continue_: str = msgspec.field(default="", name="continue")
    resource_version: str = ""


class Page(Value, Generic[K], frozen=True):
    """One answer to a list request: its objects, and where the next chunk starts. `items` None: none were named."""

    kind: str = ""
    api_version: str = ""
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: tuple[K, ...] | None = None


class Typed(Value, frozen=True):
    """What any object says of itself."""

    kind: str = ""
    api_version: str = ""


class Listed(Typed, frozen=True):
    """What any list says of itself."""

    metadata: ListMeta = msgspec.field(default_factory=ListMeta)


class NotAskedFor(ValueError):
    """An answer that decodes, and is none to the query: another kind, name or namespace, or a list without items."""


# What `page` and `single` raise on an answer that cannot be believed.
MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, NotAskedFor)


# A decoder being made shows its half-finished types to other threads (msgspec 0.22), which crash on them: one at a time.
_making = Lock()


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def read(shape: Any, body: bytes) -> Any:
    """A value of that shape. Raises msgspec.MsgspecError or UnicodeDecodeError on junk."""
    with _making:
        decoder = _decoder(shape)
    return decoder.decode(body)


def page(query: Query[K], body: bytes) -> tuple[tuple[K, ...], str]:
    """The objects of a list answer and its continue token (empty at the end). Raises msgspec.MsgspecError on junk, NotAskedFor on another answer."""
    decoded: Page[K] = read(Page[query.kind], body)  # type: ignore[name-defined]
    _require(query, decoded.kind, decoded.api_version, "List")
    if decoded.items is None:
        raise NotAskedFor("a list without items")
    for item in decoded.items:
        _admitted(query, item)
    return decoded.items, decoded.metadata.continue_


def single(query: Query[K], body: bytes) -> K:
    """One object. Raises msgspec.MsgspecError on junk, NotAskedFor on another answer."""
    typed: Typed = read(Typed, body)
    _require(query, typed.kind, typed.api_version)
    decoded: K = read(query.kind, body)
    _admitted(query, decoded)
    return decoded


def list_version(query: Query[Any], body: bytes) -> str:
    """The version of a list answer. Raises msgspec.MsgspecError on junk, NotAskedFor on another answer."""
    listed: Listed = read(Listed, body)
    _require(query, listed.kind, listed.api_version, "List")
    return listed.metadata.resource_version


def _require(query: Query[K], kind: str, api_version: str, suffix: str = "") -> None:
    """The API server names kind and version in every answer; a cache or a gateway in between may answer with something else."""
    resource = query.kind.resource
    if (kind, api_version) != (resource.kind + suffix, query.api_version):
        raise NotAskedFor(f"the answer is a {kind or 'document without a kind'} {api_version}, not a {resource.kind}{suffix} {query.api_version}")


def _admitted(query: Query[K], item: K) -> None:
    if not item.name or (query.kind.resource.namespaced and not item.namespace) or not query.admits(item):
        raise NotAskedFor(f"the answer holds {item.ref} of namespace {item.namespace or '-'}, which was not asked for")


class Version(Value, frozen=True):
    git_version: str = ""


def version(body: bytes) -> str:
    """`v1.36.2` of the answer to /version. Raises msgspec.MsgspecError or UnicodeDecodeError on junk."""
    told: Version = read(Version, body)
    return told.git_version


def log(query: Query[Any], body: bytes) -> PodLog:
    """The log that a query asked for: the API serves it as bare text."""
    asked = dict(query.fields)
    metadata = ObjectMeta(name=query.name, namespace=query.namespace or "")
    return PodLog(metadata=metadata, container=asked.get("container", ""), previous=asked.get("previous", ""), text=body.decode(errors="replace"))


def from_manifest(kind: type[K], manifest: dict[str, Any]) -> K:
    """One object of a plain mapping, as a YAML file gives it. Raises msgspec.ValidationError with the field's path."""
    return msgspec.convert(manifest, kind)


def to_manifest(item: KubernetesObject) -> dict[str, Any]:
    """The plain mapping of an object, with apiVersion and kind, as far as its fields are read."""
    resource = item.resource
    body: dict[str, Any] = msgspec.to_builtins(item)
    return {"apiVersion": resource.api_version, "kind": resource.kind, **body}


@cache
def kinds() -> Mapping[tuple[str, str], type[KubernetesObject]]:
    """Every kind that is read, by (apiVersion, kind) in each of its versions, whatever was imported before. Raises RegistrationError for two of one name."""
    load_all(model.__name__)
    found: dict[tuple[str, str], type[KubernetesObject]] = {}
    waiting = [KubernetesObject]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "resource" in kind.__dict__:
                _add(found, kind)
    return found


def _add(found: dict[tuple[str, str], type[KubernetesObject]], kind: type[KubernetesObject]) -> None:
    """Register a kind; a recording is read with what is in model/ alone, and one name can only mean one class."""
    where = f"{kind.__module__}.{kind.__qualname__}"
    if not kind.__module__.startswith(model.__name__ + "."):
        raise RegistrationError(f"{where} is a kind of the API outside of model/, which a recording is read without: move the class to model/")
    for key in ((version, kind.resource.kind) for version in kind.resource.api_versions()):
        if key in found:
            raise RegistrationError(f"{where} and {found[key].__module__}.{found[key].__qualname__} are both {' '.join(key)}: "
                                    "keep one class and all its fields")
        found[key] = kind


@cache
def groups() -> tuple[Query[APIGroup], ...]:
    """The questions to discovery, one for each group that may be missing, in a stable order."""
    wanted = {group_of(kind).name: group_of(kind) for kind in kinds().values() if not kind.resource.everywhere}
    return tuple(wanted[name] for name in sorted(wanted))
