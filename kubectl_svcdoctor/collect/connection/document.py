"""YAML or JSON text as typed values, and one sentence for whatever is wrong with it."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from kubectl_svcdoctor.errors import UserError

T = TypeVar("T")
_SURELY_FLAT = 10_000


def read(data: bytes, shape: type[T], source: str) -> T:
    """The first document in `data` as a `shape`; unknown fields are ignored and null is as good as absent, as in client-go.

    `source` names the text in errors. Raises UserError, which never quotes a value: it may be a secret.
    """
    try:
        content = _without_nulls(_parsed(data, source), {})
    except RecursionError:
        raise UserError(f"{source} is nested too deeply; check that it is the right file") from None
    if not isinstance(content, dict):
        raise UserError(f"{source} is not a mapping of fields but {_kind(content)}; check that it is the right file")
    try:
        return msgspec.convert(content, shape)
    except RecursionError:
        raise UserError(f"{source} contains itself through an alias; remove it") from None
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise UserError(f"{source} is malformed at {where.strip('`').removeprefix('$.') or 'its top'}: "
                        f"{what[:1].lower() + what[1:]}; correct that field") from None


def _parsed(data: bytes, source: str) -> Any:
    """JSON is tried first: kubeconfigs made by programs often are, and PyYAML costs 40 ms to import."""
    if data.lstrip()[:1] == b"{":
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            pass  # a YAML flow mapping starts with a brace, too
    import yaml

    try:
        loader = _loader(data)
        return loader.get_data() if loader.check_data() else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}" if mark else ""
        raise UserError(f"{source} is not valid YAML{place}: {error.problem or 'it cannot be read'}; correct it") from None
    except (yaml.YAMLError, ValueError):
        raise UserError(f"{source} is not valid YAML: it holds characters that no YAML file may hold; check that it is text") from None


def _loader(data: bytes) -> Any:
    """PyYAML's safe loader for `data`, the one in C where it is built; a date stays the text that was written, as in Go's."""
    import yaml

    nested = sum(data.count(opening) for opening in (b"[", b"{", b"- ", b"? "))
    # libyaml overflows the stack on very deep nesting, where the one in Python raises RecursionError.
    base: Any = yaml.SafeLoader if nested > _SURELY_FLAT else getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in base.yaml_implicit_resolvers.items()
        }

    return Loader(data)


def _without_nulls(value: Any, done: dict[int, Any]) -> Any:
    """The value without nulls in lists and mappings. What aliases share is looked at once, lest a small file grow without end."""
    if value is None:
        return {}
    if not isinstance(value, (dict, list)) or id(value) in done:
        return done.get(id(value), value)
    if isinstance(value, list):
        items: list[Any] = []
        done[id(value)] = items
        items += [_without_nulls(content, done) for content in value if content is not None]
        return items
    fields: dict[str, Any] = {}
    done[id(value)] = fields
    fields |= {str(key): _without_nulls(content, done) for key, content in value.items() if content is not None}
    return fields


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return "plain text" if isinstance(value, str) else "a single value"
