"""All faults: every module of this folder is imported, and what it declares is listed."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from tests.lab.faults.fault import FAULTS, Fault


def all_faults() -> list[Fault]:
    """Return every fault, by module and in the order of declaration."""
    for module in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        importlib.import_module(f"tests.lab.faults.{module}")
    return list(FAULTS.values())
