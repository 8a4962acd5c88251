"""-o wide: text, with the path of the healthy, all tables, and what was examined."""

from __future__ import annotations

from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.formats.text import shown
from kubectl_svcdoctor.render.overview import overview
from kubectl_svcdoctor.render.style import Style
from kubectl_svcdoctor.render.text import text


def rendered(result: Result, how: Style) -> str:
    return shown(overview(result, wide=True) if result.several else text(result.reports[0], wide=True), how)
