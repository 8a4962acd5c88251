"""-o name: one subject a line."""

from __future__ import annotations

from kubectl_svcdoctor.model.printable import escaped
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.style import Style


def rendered(result: Result, how: Style) -> str:
    """`service/web shop broken`; a fourth word, `unprobed`, where nothing but the API was asked."""
    return "".join(escaped(f"{report.subject.short} {report.subject.namespace} {report.verdict}{'' if report.probed else ' unprobed'}") + "\n"
                   for report in result.reports)
