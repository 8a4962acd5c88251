"""Finds the modules that register something by being in a folder, and refuses what would be left out in silence."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

_MODULE = ".py"


class RegistrationError(Exception):
    """A check, provider or kind that does not count as it stands; the message says what to change in the source."""


def load_all(package: str) -> tuple[str, ...]:
    """Import every module of a package and of its folders; their dotted names. Raises RegistrationError for a folder that Python skips."""
    found = tuple(_modules(package))
    for folder in _folders(files(package), package):
        if folder not in found:
            raise RegistrationError(f"{folder.replace('.', '/')}/ holds modules but no __init__.py, so that nothing of it is loaded: "
                                    "add an __init__.py whose docstring says what the folder is about")
    return found


def _modules(package: str) -> Iterator[str]:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        importlib.import_module(module.name)
        yield module.name


def _folders(folder: Traversable, name: str) -> Iterator[str]:
    """The folders under a folder that hold modules, themselves or further down; none where the modules are frozen into a program without one."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir():
            inner = f"{name}.{entry.name}"
            below = list(_folders(entry, inner))
            if below or any(file.name.endswith(_MODULE) for file in entry.iterdir()):
                yield inner
            yield from below
