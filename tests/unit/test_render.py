"""The report on a terminal, in a pipe, without colour, without Unicode, and with hostile names."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kubectl_svcdoctor.graph.dns.table import names_table
from kubectl_svcdoctor.model.dns import Names, RecordSet, Row
from kubectl_svcdoctor.model.finding import Changed, Finding, Fix, Problem, Severity
from kubectl_svcdoctor.model.hops import Step
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.questions import Resolved, Server
from kubectl_svcdoctor.model.report import Cluster, Report, Verdict
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import NameSubject, ServiceSubject, StatefulSetSubject, Subject
from kubectl_svcdoctor.render.document import document
from kubectl_svcdoctor.render.formats import rendered
from kubectl_svcdoctor.render.lines import shortened
from kubectl_svcdoctor.render.style import Style, style

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
WEB = ObjectRef("v1", "Service", "shop", "web")
COMMAND = "kubectl -n shop set selector service/web 'app=web' " + "--very-long-flag " * 10


def finding(code: str = "SVC201", severity: Severity = Severity.ERROR, summary: str = "selector app=wbe matches no Pod",
            evidence: tuple[str, ...] = ("3 Pods carry app=web",), **more: object) -> Finding:
    fix = Fix("select app=web", (COMMAND,), verified=True)
    problem = Problem(object=WEB, severity=severity, summary=summary, evidence=evidence, fix=fix)
    changed = Changed("spec.selector.app", "kubectl-edit", NOW - timedelta(minutes=12))
    return Finding(code, "sel-no-match-value", "selector", False, problem, fix=fix, changed=changed, **more)  # type: ignore[arg-type]


def report(verdict: Verdict = "broken", findings: tuple[Finding, ...] = (), unknowns: tuple[Unknown, ...] = (), name: str = "web") -> Report:
    path = (Step("spec", "client", "service/web", "ok", "ClusterIP 10.96.0.10, 80/TCP → 8080"), Step("selector", "service/web", "x", "broken", "app=wbe"),
            Step("pods", "x", "pods", "blocked", "none"))
    return Report(ServiceSubject("shop", name, name), verdict, findings, unknowns, path, ("SVC101",), Cluster("ctx", "v1.37.2"), NOW, 0.1, 7, probed=True)


def shown(one: Report, form: str = "text", how: Style = Style(False, None, True)) -> str:  # noqa: B008 - frozen
    return rendered(Result((one,), False), form, how)


def test_the_first_line_alone_tells_verdict_and_cause() -> None:
    assert shown(report(findings=(finding(),))).splitlines()[0] == "✗ shop/web is broken: selector app=wbe matches no Pod"


def test_nothing_is_said_twice() -> None:
    text = shown(report(findings=(finding(),)))
    assert text.count("selector app=wbe matches no Pod") == 1
    assert text.count(COMMAND.strip()) == 1


def test_the_first_break_is_marked_once() -> None:
    lines = [entry for entry in shown(report(findings=(finding(),))).splitlines() if "breaks here" in entry]
    assert len(lines) == 1
    assert "Selector" in lines[0]


def test_consequences_hang_under_their_cause() -> None:
    cause = finding(explains=("EPS110",))
    after = finding("EPS110", summary="no endpoint is ready", role="consequence", cause=cause.key)
    text = shown(report(findings=(cause, after)))
    assert "also caused by this: EPS110: no endpoint is ready" in text
    assert "more)" not in text.splitlines()[0]


def test_a_second_cause_is_counted_and_told() -> None:
    text = shown(report(findings=(finding(), finding("SVC301", summary="targetPort web is in no Pod"))))
    assert text.splitlines()[0].endswith("(and 1 more)")
    assert "targetPort web is in no Pod" in text


def test_what_was_withheld_makes_it_undetermined() -> None:
    unseen = Unknown("pods in namespace shop", "forbidden", "may not", "ask for the right")
    text = shown(report("unknown", unknowns=(unseen,)))
    assert text.splitlines()[0] == "? shop/web is undetermined: nothing wrong found, but pods in namespace shop could not be checked"
    assert "ask for the right" in text


def test_what_was_not_tried_keeps_it_healthy_but_hedged() -> None:
    text = shown(report("healthy", unknowns=(Unknown("whether it listens", "not-tried", "--no-probe was given", "leave it out"),)))
    assert "is healthy, as far as the API shows" in text.splitlines()[0]
    assert "not checked" in text and "leave it out" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_text_fits_the_terminal_but_commands_are_never_broken(width: int) -> None:
    one = report(findings=(finding(summary="selector " + "app=wbe " * 40),))
    for entry in shown(one, how=Style(False, width, True)).splitlines():
        assert len(entry) <= width or COMMAND.strip() in entry


LONG = 'Readiness probe errored: exec: "pg_isready": ' + "runtime exec failed: " * 60 + "executable file not found in $PATH"


@pytest.mark.parametrize("colour", [False, True])
def test_in_a_terminal_a_long_text_loses_its_middle(colour: bool) -> None:
    """The telling words of the kubelet stand last."""
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", shown(report(findings=(finding(evidence=(LONG,)),)), how=Style(colour, 80, True))).split())
    assert "Readiness probe errored:" in text and " … " in text and "executable file not found in $PATH" in text
    assert text.count("runtime exec failed") < 20


def test_in_a_pipe_and_for_programs_nothing_is_cut() -> None:
    result = Result((report(findings=(finding(evidence=(LONG,), summary=LONG),)),), False)
    assert LONG in rendered(result, "text", Style(False, None, True))
    assert json.loads(rendered(result, "json", Style(False, 80, True)))["findings"][0]["evidence"] == [LONG]


@pytest.mark.parametrize(("text", "most", "wanted"), [
    ("one two", None, "one two"), ("one two", 7, "one two"), ("one two three four five", 20, "one two … five"), ("x" * 50, 20, "xxxxxxxx … xxxxxxxx"),
])
def test_shortening(text: str, most: int | None, wanted: str) -> None:
    assert shortened(text, most) == wanted


def test_without_colour_there_is_no_escape_at_all() -> None:
    assert "\x1b" not in shown(report(findings=(finding(),)), "wide")


def test_colour_changes_nothing_but_colour() -> None:
    one = report(findings=(finding(),))
    for width in (80, 120):
        coloured = shown(one, "wide", Style(True, width, True))
        assert "\x1b[" in coloured
        assert [entry.rstrip() for entry in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()] == shown(one, "wide", Style(False, width, True)).splitlines()


def test_without_unicode_everything_is_ascii() -> None:
    assert shown(report(findings=(finding(),)), how=Style(False, None, False)).isascii()


@pytest.mark.parametrize("hostile", ["\x1b[2Jgone", "a\u202eb", "[red]x[/]", ":warning:", "a\r\nb", "\x00", "[/]"])
@pytest.mark.parametrize("colour", [False, True])
def test_names_from_the_cluster_cannot_touch_the_terminal(hostile: str, colour: bool) -> None:
    one = report(findings=(finding(summary=f"selector {hostile} matches no Pod"),))
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(one, how=Style(colour, 100, True)))
    assert not set("\x1b\u202e\x00\r") & set(text)
    assert len(text.splitlines()) == len(shown(report(findings=(finding(summary="selector x matches no Pod"),))).splitlines())
    if hostile in ("[red]x[/]", ":warning:", "[/]"):
        assert hostile in text


class Stream(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(("terminal", "flag", "environ", "colour"), [
    (True, "auto", {}, True), (False, "auto", {}, False), (True, "auto", {"NO_COLOR": ""}, False), (True, "auto", {"NO_COLOR": "1"}, False),
    (True, "auto", {"TERM": "dumb"}, False), (False, "auto", {"FORCE_COLOR": "1"}, True), (True, "never", {"FORCE_COLOR": "1"}, False),
    (False, "always", {"NO_COLOR": "1"}, True),
])
def test_colour_is_decided_as_kubectl_does(terminal: bool, flag: str, environ: dict[str, str], colour: bool) -> None:
    assert style(Stream(terminal), flag, environ).colour is colour


def test_columns_is_obeyed_and_a_pipe_wraps_nothing() -> None:
    assert style(Stream(False), "auto", {}).width is None
    assert style(Stream(False), "auto", {"COLUMNS": "72"}).width == 72


def test_name_is_one_subject_a_line() -> None:
    assert rendered(Result((report("broken"), report("healthy", name="api")), True), "name", Style(False, None, True)) == (
        "service/web shop broken\nservice/api shop healthy\n")
    assert shown(report("broken"), "name") == "service/web shop broken\n"


def test_what_only_the_api_was_asked_about_is_not_called_healthy_without_saying_so() -> None:
    unprobed = replace(report("healthy", name="api"), probed=False)
    assert shown(unprobed, "name") == "service/api shop healthy unprobed\n"
    assert "shop/api is healthy, as far as the API shows: " in shown(unprobed)
    head = rendered(Result((unprobed, report("healthy"), report("broken", (finding(),))), True, "in namespace shop"), "wide", Style(False, None, True))
    assert head.splitlines()[0] == "✗ 3 Services in namespace shop: 1 broken, 1 healthy, 1 healthy as far as the API shows"
    assert "shop/api  healthy   as far as the API shows" in head
    assert document(Result((unprobed,), False))["probed"] is False


def test_several_are_grouped_by_cause() -> None:
    both = (report(findings=(finding(),)), report(findings=(finding(),), name="api"), report("healthy", name="db"))
    text = rendered(Result(both, True, "in namespace shop"), "text", Style(False, None, True))
    assert text.splitlines()[0] == "✗ 3 Services in namespace shop: 2 broken, 1 healthy"
    assert text.count("selector app=wbe matches no Pod") == 1
    assert "shop/web, shop/api" in text


SERVERS = (Server("kube-system", "coredns-5d78-aaaaa", "node1", 53), Server("kube-system", "coredns-5d78-bbbbb", "node2", 53))


def named(*told: Resolved, kind: type[Subject] = StatefulSetSubject) -> Report:
    record = RecordSet("db-0.db.shop.svc.cluster.local", "A", ("10.244.1.5",), "db-0")
    gone = RecordSet("db-1.db.shop.svc.cluster.local", "A", (), "db-1", "not ready")
    rows = (Row(record, dict(zip(SERVERS, told, strict=False))), Row(gone, {server: Resolved("NXDOMAIN") for server in SERVERS[:len(told)]}))
    names = Names("cluster.local", "as the kubelets tell Pods", rows, SERVERS[:len(told)])
    return replace(report("healthy", name="db"), subject=kind("shop", "db", "sts/db"), names=names,
                   tables=(names_table(names, kind is not ServiceSubject),))


def test_names_and_servers_are_a_table() -> None:
    lines = shown(named(Resolved("NOERROR", ("10.244.1.5",)), Resolved("NXDOMAIN"))).splitlines()
    start = next(place for place, entry in enumerate(lines) if entry.startswith("names below shop.svc.cluster.local"))
    assert lines[start + 1].split() == ["name", "should", "give", "aaaaa", "bbbbb"]
    assert lines[start + 2].split() == ["✗", "db-0.db", "A", "10.244.1.5", "✓", "NXDOMAIN"]
    assert lines[start + 3].split() == ["✓", "db-1.db", "A", "nothing:", "not", "ready", "✓", "✓"]
    assert document(Result((named(Resolved("NOERROR", ("10.244.1.5",)), Resolved("NXDOMAIN")),), False))["tables"][0]["rows"][0] == {
        "label": "db-0.db", "cells": [{"status": None, "text": "A"}, {"status": None, "text": "10.244.1.5"}, {"status": "ok", "text": "✓"},
                                      {"status": "broken", "text": "NXDOMAIN"}]}
    assert lines[start + 2].index("✓") == lines[start + 1].index("aaaaa"), "columns stand below their heads"


def test_names_that_nobody_was_asked_for_are_shown_all_the_same() -> None:
    text = shown(named())
    assert "no DNS server was asked" in text
    assert "- db-0.db  A  10.244.1.5" in text


def test_a_healthy_service_shows_its_names_when_asked_to() -> None:
    one = named(Resolved("NOERROR", ("10.244.1.5",)), Resolved("NOERROR", ("10.244.1.5",)), kind=ServiceSubject)
    assert "names below" not in shown(one)
    assert "names below" in shown(one, "wide")


def test_subjects_are_called_by_their_kind() -> None:
    assert shown(named()).startswith("✓ StatefulSet shop/db is healthy")
    assert shown(replace(report("healthy"), subject=NameSubject("shop", "web.shop", "web.shop:80"))).startswith("✓ web.shop:80 is healthy")
