"""JSON of the API server into frozen values, only the fields that are read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any, Generic, TypeVar

import msgspec

from kubectl_svcdoctor import model
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectMeta, Value
from kubectl_svcdoctor.model.registration import RegistrationError, load_all
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import PodLog

K = TypeVar("K", bound=KubernetesObject)


class ListMeta(Value, frozen=True):
    continue_: str = msgspec.field(default="", name="continue")


class Page(msgspec.Struct, Generic[K], frozen=True):
    """One answer to a list request: its objects, and where the next chunk starts."""

    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: tuple[K, ...] | None = None


# A decoder being made shows its half-finished types to other threads (msgspec 0.22), which crash on them: one at a time.
_making = Lock()


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _decoded(shape: Any, body: bytes) -> Any:
    with _making:
        decoder = _decoder(shape)
    return decoder.decode(body)


def page(kind: type[K], body: bytes) -> tuple[tuple[K, ...], str]:
    """The objects of a list answer and its continue token (empty at the end). Raises msgspec.MsgspecError on junk."""
    decoded: Page[K] = _decoded(Page[kind], body)  # type: ignore[valid-type]
    return decoded.items or (), decoded.metadata.continue_


def single(kind: type[K], body: bytes) -> K:
    """One object. Raises msgspec.MsgspecError on junk."""
    decoded: K = _decoded(kind, body)
    return decoded


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
    """Every kind that is read, by (apiVersion, kind), whatever was imported before. Raises RegistrationError for two of one name."""
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
    key = (kind.resource.api_version, kind.resource.kind)
    where = f"{kind.__module__}.{kind.__qualname__}"
    if not kind.__module__.startswith(model.__name__ + "."):
        raise RegistrationError(f"{where} is a kind of the API outside of model/, which a recording is read without: move the class to model/")
    if key in found:
        raise RegistrationError(f"{where} and {found[key].__module__}.{found[key].__qualname__} are both {' '.join(key)}: keep one class and all its fields")
    found[key] = kind
