"""Decides about colour, width and characters as kubectl does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

WIDEST = 120


@dataclass(frozen=True, slots=True)
class Style:
    """How text is shown. `width` None wraps nothing, which keeps piped text fit for grep."""

    colour: bool
    width: int | None
    unicode: bool


def style(stream: TextIO, colour: str, environ: Mapping[str, str] = os.environ) -> Style:
    """NO_COLOR, set to anything, switches colour off as in kubectl; FORCE_COLOR switches it on; --color beats both."""
    terminal = stream.isatty()
    automatic = terminal and environ.get("TERM") != "dumb"
    if "FORCE_COLOR" in environ:
        automatic = environ["FORCE_COLOR"] not in ("", "0", "false")
    if "NO_COLOR" in environ:
        automatic = False
    wanted = {"always": True, "never": False}.get(colour, automatic)
    columns = environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) else shutil.get_terminal_size().columns if terminal else None
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    return Style(wanted, width and min(width, WIDEST), encoding.startswith("utf") and environ.get("TERM") != "linux")
