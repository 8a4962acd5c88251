"""Renewed tokens written back to the kubeconfig that they came from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def replace(path: str, user: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Put the changed values of `after` into the auth-provider of `user`. Raises OSError when the file cannot be written.

    A value that stands in the file once is replaced in the text, so that comments and order stay; otherwise the file is
    written anew, which is what kubectl always does.
    """
    place = Path(path).resolve()
    with _locked(place):
        text = place.read_text(encoding="utf-8")
        changed = {name: value for name, value in after.items() if value != before.get(name)}
        edited = text
        for name, value in changed.items():
            old = before.get(name, "")
            if not old or edited.count(old) != 1 or not _plain(value):
                edited = _written_anew(text, user, changed)
                break
            edited = edited.replace(old, value)
        _write(place, edited)


def _plain(value: str) -> bool:
    """Whether YAML reads the value as this string in any style of quoting."""
    return value.isascii() and value[:1].isalpha() and all(letter.isalnum() or letter in "-_./+~" for letter in value)


def _written_anew(text: str, user: str, changed: Mapping[str, str]) -> str:
    import yaml

    content: Any = yaml.safe_load(text)
    for entry in content.get("users") or []:
        if entry.get("name") == user:
            entry["user"]["auth-provider"]["config"].update(changed)
    return yaml.safe_dump(content, sort_keys=False)


def _write(place: Path, text: str) -> None:
    """All or nothing, with the file's own permissions."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".kubeconfig-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, place.stat().st_mode & 0o777)
        os.replace(name, place)
    except BaseException:
        os.unlink(name)
        raise


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """client-go's lock file, so that no kubectl writes at the same time. Raises FileExistsError while one does."""
    lock = place.with_name(place.name + ".lock")
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield
    finally:
        lock.unlink()
