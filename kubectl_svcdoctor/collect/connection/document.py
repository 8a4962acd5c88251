"""YAML or JSON text as typed values, and one sentence for whatever is wrong with it."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from kubectl_svcdoctor.errors import UserError

T = TypeVar("T")


def read(data: bytes, shape: type[T], source: str) -> T:
    """The first document in `data` as a `shape`; unknown fields are ignored and null is as good as absent, as in client-go.

    `source` names the text in errors. Raises UserError, which never quotes a value: it may be a secret.
    """
    content = _without_nulls(_parsed(data, source))
    if not isinstance(content, dict):
        raise UserError(f"{source} is not a mapping of fields but {_kind(content)}; check that it is the right file")
    try:
        return msgspec.convert(content, shape)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise UserError(f"{source} is malformed at {where.strip('`').removeprefix('$.') or 'its top'}: "
                        f"{what[:1].lower() + what[1:]}; correct that field") from None


def _parsed(data: bytes, source: str) -> Any:
    """JSON is tried first: kubeconfigs made by programs often are, and PyYAML costs 40 ms to import."""
    if data.lstrip()[:1] == b"{":
        try:
            return json.loads(data)
        except ValueError:
            pass  # a YAML flow mapping starts with a brace, too
    import yaml

    try:
        loader = _loader()(data)
        return loader.get_data() if loader.check_data() else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}" if mark else ""
        raise UserError(f"{source} is not valid YAML{place}: {error.problem or 'it cannot be read'}; correct it") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UserError(f"{source} is not valid YAML: it holds characters that no YAML file may hold; check that it is text") from None


def _loader() -> Any:
    """PyYAML's safe loader, the one in C where it is built; a date stays the text that was written, as in Go's."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in base.yaml_implicit_resolvers.items()
        }

    return Loader


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nulls(content) for key, content in value.items() if content is not None}
    if isinstance(value, list):
        return [_without_nulls(content) for content in value if content is not None]
    return {} if value is None else value


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return "plain text" if isinstance(value, str) else "a single value"
