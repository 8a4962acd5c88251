"""Exit statuses, and commands that reach the cluster which the flags chose."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.cli.run import _addressed, exit_status
from kubectl_svcdoctor.model.command import Command, diagnosis, kubectl
from kubectl_svcdoctor.model.finding import Finding, Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.report import Cluster, Report, Verdict
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.subject import ServiceSubject

WEB = ObjectRef("v1", "Service", "shop", "web")


def report(verdict: Verdict = "healthy", severity: Severity | None = None, commands: tuple[Command, ...] = (), missing: bool = False) -> Report:
    fix = Fix("mend it", commands)
    findings = (Finding("SVC201", "x-y", "selector", False, Problem(object=WEB, severity=severity, summary="s", fix=fix), fix=fix),) if severity else ()
    return Report(ServiceSubject("shop", "web"), verdict, findings, (), (), (), Cluster(), datetime.now(UTC), 0.0, 0, missing=missing)


HEALTHY, UNKNOWN, MISSING = report(), report("unknown"), report("broken", Severity.ERROR, missing=True)
BROKEN, DEGRADED, REMARK = report("broken", Severity.ERROR), report("degraded", Severity.WARNING), report("healthy", Severity.INFO)


@pytest.mark.parametrize(("reports", "fail_on", "status"), [
    ([HEALTHY], "warning", 0), ([REMARK], "warning", 0), ([BROKEN], "warning", 1), ([BROKEN], "error", 1), ([DEGRADED], "warning", 1),
    ([DEGRADED], "error", 0), ([UNKNOWN], "warning", 3), ([MISSING], "warning", 2), ([UNKNOWN, BROKEN], "warning", 1), ([HEALTHY, UNKNOWN], "warning", 3),
    ([MISSING, BROKEN], "warning", 1), ([MISSING, UNKNOWN], "warning", 2),
])
def test_exit_status(reports: list[Report], fail_on: str, status: int) -> None:
    assert exit_status(Result(tuple(reports), len(reports) > 1), fail_on) == status


@pytest.mark.parametrize(("command", "addressed"), [
    (kubectl("get", "pods", namespace="shop"), "kubectl '--kubeconfig=/my files/c' --context=a -n shop get pods"),
    (diagnosis("web", namespace="shop"), "kubectl svcdoctor '--kubeconfig=/my files/c' --context=a web -n shop"),
    (kubectl("apply", "-f", "-", namespace="shop").given({}), "printf %s '{}' | kubectl '--kubeconfig=/my files/c' --context=a -n shop apply -f -"),
])
def test_printed_commands_reach_the_same_cluster(command: Command, addressed: str) -> None:
    flags = Flags({"context": "a", "kubeconfig": "/my files/c"})
    (finding,) = _addressed(report("broken", Severity.ERROR, (command,)), flags)
    assert finding.fix
    assert list(map(str, finding.fix.commands)) == [addressed]
    assert _addressed(report("broken", Severity.ERROR, (command,)), Flags({}))[0].fix == Fix("mend it", (command,))
