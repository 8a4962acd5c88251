"""Chooses the format, and decides about colour, width and characters as kubectl does."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.lines import Line, coloured, plain

WIDEST = 120
FORMATS = ("text", "wide", "json", "yaml", "name")


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


def rendered(result: Result, form: str, how: Style) -> str:
    """The whole output in the format of that name."""
    from kubectl_svcdoctor.render import machine

    programs: dict[str, Callable[[Result], str]] = {"json": machine.as_json, "yaml": machine.as_yaml, "name": machine.as_name}
    if form in programs:
        return programs[form](result)
    lines = _lines(result, wide=form == "wide")
    return (coloured if how.colour else plain)(lines, how.width, how.unicode)


def _lines(result: Result, wide: bool) -> Iterator[Line]:
    from kubectl_svcdoctor.render.overview import overview
    from kubectl_svcdoctor.render.text import text

    return overview(result, wide) if result.several else text(result.reports[0], wide)


def write(content: str, stream: TextIO = sys.stdout) -> None:
    """Write to a stream whose encoding may lack a character; a reader that has gone away (`| head`) is no error."""
    try:
        stream.write(content)
        stream.flush()
    except UnicodeEncodeError:
        stream.write(content.encode(stream.encoding, "replace").decode(stream.encoding))
    except BrokenPipeError:
        sys.stdout = io.StringIO()
