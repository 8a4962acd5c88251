"""Applies a patch to an object that was read: JSON Merge Patch (RFC 7386) and JSON Patch (RFC 6902: test, add, replace, remove)."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from kubectl_svcdoctor.model.finding import Patch
from kubectl_svcdoctor.model.meta import KubernetesObject

K = TypeVar("K", bound=KubernetesObject)


def apply(patch: Patch, target: K) -> K:
    """The object after the patch. Raises LookupError for a path that is not there or a test that fails, msgspec.ValidationError for a wrong type."""
    body: Any = msgspec.to_builtins(target)
    if isinstance(patch.body, Mapping):
        body = merged(body, patch.body)
    else:
        for operation in patch.body:
            body = _operated(body, operation)
    return msgspec.convert(body, type(target))


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386: mappings merge, null removes, everything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _operated(document: Any, operation: Mapping[str, Any]) -> Any:
    """RFC 6902, one operation."""
    steps = _steps(str(operation["path"]))
    if operation["op"] == "copy":
        return _at(document, steps, {"op": "add", "value": _found(document, str(operation["from"]))})
    if operation["op"] == "test":
        found = _found(document, str(operation["path"]))
        if (list(found) if isinstance(found, tuple) else found) != operation["value"]:
            raise LookupError(f"{operation['path']} is not {operation['value']}")
        return document
    return _at(document, steps, operation)


def _steps(path: str) -> list[str]:
    """The keys and places of a JSON pointer (RFC 6901)."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _found(document: Any, path: str) -> Any:
    return functools.reduce(lambda node, step: node[step if isinstance(node, Mapping) else int(step)], _steps(path), document)


def _at(node: Any, steps: Sequence[str], operation: Mapping[str, Any]) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(node, Mapping):
        result = dict(node)
        if rest:
            result[step] = _at(result[step], rest, operation)
        elif operation["op"] == "remove":
            del result[step]
        else:
            result[step] = operation["value"]
        return result
    items = list(node)
    index = len(items) if step == "-" else int(step)
    if rest:
        items[index] = _at(items[index], rest, operation)
    elif operation["op"] == "remove":
        del items[index]
    elif operation["op"] == "add":
        items.insert(index, operation["value"])
    else:
        items[index] = operation["value"]
    return items
