"""-o text: what a person reads; of the healthy the first line."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.lines import Line, coloured, plain
from kubectl_svcdoctor.render.overview import overview
from kubectl_svcdoctor.render.style import Style
from kubectl_svcdoctor.render.text import text


def rendered(result: Result, how: Style) -> str:
    return shown(overview(result) if result.several else text(result.reports[0]), how)


def shown(lines: Iterable[Line], how: Style) -> str:
    """The lines as that stream takes them."""
    return (coloured if how.colour else plain)(lines, how.width, how.unicode)
