"""The formats of -o: one module each, whose name is the format's and whose `rendered(result, how)` gives the whole output.

Nothing else has to be registered.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `--help` lists the formats, and does without what they show
    from kubectl_svcdoctor.model.result import Result
    from kubectl_svcdoctor.render.style import Style


def names() -> tuple[str, ...]:
    """All formats, by name; none of them is loaded for that."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def rendered(result: Result, form: str, how: Style) -> str:
    """The whole output in the format of that name, which is one of `names()`."""
    return str(importlib.import_module(f"{__name__}.{form}").rendered(result, how))
