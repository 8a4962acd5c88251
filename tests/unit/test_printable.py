"""Nothing that a terminal obeys leaves the doctor, on stdout or stderr, in any format; and programs lose nothing of it."""

from __future__ import annotations

import ast
import dataclasses
import io
import json
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubectl_svcdoctor.cli import main as cli
from kubectl_svcdoctor.cli import run
from kubectl_svcdoctor.collect.connection.request_log import RequestLog
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError, tell
from kubectl_svcdoctor.model.finding import Finding
from kubectl_svcdoctor.model.printable import INVISIBLE, clean, escaped
from kubectl_svcdoctor.model.report import Cluster, Report
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.render.formats import names, rendered
from kubectl_svcdoctor.render.style import Style
from tests.support.cases import base, cases

PACKAGE = Path(__file__).parents[2] / "kubectl_svcdoctor"
# C0, DEL, C1 (CSI and OSC in one character, NEL), overrides and isolates, zero width, BOM, line separators, tags beyond 16 bits.
OBEYED = "\x00\x07\x08\x1b[31m\x7f\x85\x9b2J\x9d0;x\x9c\u202e\u2066\u200b\u200d\u00ad\ufeff\u2028\u2029\U000e0041"


def obeyed(text: str) -> list[str]:
    return [f"{char!r}" for char in text if unicodedata.category(char) in INVISIBLE and char != "\n"]


def poisoned(value: Any, kept: frozenset[str] = frozenset({"verdict", "why", "role", "hop", "status", "slug", "code", "kind"})) -> Any:
    """The same value with characters that a terminal obeys in every string that may come from a cluster."""
    if isinstance(value, str):
        return value + OBEYED
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(map(poisoned, value))
    if isinstance(value, (Report, Subject, Finding, Unknown, Cluster)) or (dataclasses.is_dataclass(value) and not isinstance(value, type)
                                                                           and type(value).__name__ in ("Problem", "Fix", "Step")):
        names = [entry.name for entry in dataclasses.fields(value) if entry.name not in kept]  # type: ignore[arg-type]
        return dataclasses.replace(value, **{name: poisoned(getattr(value, name)) for name in names})  # type: ignore[type-var]
    return value


def report() -> Report:
    case = next(case for case in cases() if case.verdict == "broken" and case.finds)
    found = Doctor(case.source(), prober=case.prober()).examine(case.examined_as())
    return poisoned(dataclasses.replace(found, unknowns=(Unknown("a", "forbidden", "b", "c"), Unknown("d", "not-tried", "e"))))  # type: ignore[no-any-return]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("form", names())
def test_no_format_lets_it_through(form: str, several: bool) -> None:
    text = rendered(Result((report(), report()) if several else (report(),), several, "in" + OBEYED), form, Style(False, 100, True))
    assert "web" in text and obeyed(text) == []


def test_colour_is_the_only_thing_that_a_terminal_obeys() -> None:
    text = rendered(Result((report(),), False), "wide", Style(True, 100, True))
    assert set(obeyed(text)) == {repr("\x1b")}


@given(st.recursive(st.text(st.one_of(st.sampled_from(OBEYED), st.characters(codec="utf-8"))), lambda inner: st.lists(inner, max_size=3)))
def test_programs_read_back_what_was_there(value: Any) -> None:
    as_json = escaped(json.dumps({"a": value}, ensure_ascii=False), spared="\n")
    assert obeyed(as_json) == [] and json.loads(as_json) == {"a": value}


def test_json_and_yaml_lose_nothing() -> None:
    result = Result((report(),), False)
    texts = [rendered(result, form, Style(False, None, True)) for form in ("json", "yaml")]
    as_json, as_yaml = json.loads(texts[0]), yaml.safe_load(texts[1])
    assert as_json == as_yaml
    assert as_json["findings"][0]["summary"].endswith(OBEYED)


@given(st.text())
def test_clean_text_is_one_line_and_obeys_nobody(text: str) -> None:
    assert obeyed(clean(text)) == [] and "\n" not in clean(text)


def test_what_is_told_on_stderr_obeys_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    tell(f"warning: {OBEYED}\nnext")
    assert cli._failed(f"a {OBEYED}", 3) == 3
    told = capsys.readouterr().err
    assert obeyed(told) == [] and told.count("\n") == 3 and "\\u009b" in told


def test_the_log_of_requests_obeys_nobody() -> None:
    stream = io.StringIO()
    log = RequestLog(9, stream)
    log.request("GET", f"https://x/{OBEYED}", OBEYED, 0.1)
    log.body("Response", "https://x/", OBEYED.encode())
    assert obeyed(stream.getvalue()) == []


def test_stderr_has_one_door() -> None:
    """Credential plugins alone write past it: theirs is a dialogue with the user, as in kubectl, and no text of a cluster."""
    past = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.stderr") or (isinstance(node, ast.keyword) and node.arg == "err"):
                past.add(str(path.relative_to(PACKAGE)))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("traceback.print_exc", "traceback.print_exception", "warnings.warn"):
                past.add(str(path.relative_to(PACKAGE)))
    assert past == {"errors.py", "collect/connection/program.py"}


def test_a_missing_subject_is_told_without_what_it_quotes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    missing = dataclasses.replace(report(), missing=True)
    monkeypatch.setattr(run, "_examined", lambda *words: (None, Result((missing,), False)))
    monkeypatch.setattr(run, "_source", lambda flags: (Warned(), "shop"))
    cli.status(["web"])
    assert obeyed(capsys.readouterr().err) == []


class Warned:
    """A Source that begins to warn while it is asked."""

    def __init__(self) -> None:
        self.warnings = ["early"]
        self.requests = 0

    def ask(self, queries: Any) -> Any:
        self.warnings.append("late")
        raise UserError("away", 3)

    def now(self) -> datetime:
        return base()["clock"]  # type: ignore[no-any-return]

    def cluster(self) -> Cluster:
        return Cluster()


def test_a_warning_that_comes_late_is_told_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run, "_source", lambda flags: (Warned(), "shop"))
    assert cli.status(["web", "--no-probe"]) == 3
    assert sorted(capsys.readouterr().err.splitlines()) == ["error: away", "warning: early", "warning: late"]


@pytest.mark.parametrize(("words", "shown"), [
    (["-v=10"], True), (["-v=6"], True), (["-v", "9"], True), (["-v9"], True), (["--v=10"], True), (["--v", "8"], True), (["-wv=7"], True),
    (["-v=5"], False), (["-v=0"], False), ([], False), (["--", "-v=10"], False), (["-n", "-v=10"], False),
])
def test_a_defect_of_ours_shows_where_it_happened_from_level_six_on(
    words: list[str], shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*given: object) -> int:
        raise RuntimeError(f"x{OBEYED}")

    monkeypatch.setattr(run, "run", broken)
    assert cli.status(["web", *words]) == 3
    told = capsys.readouterr().err
    assert ("Traceback" in told) is shown and "RuntimeError" in told and obeyed(told) == []
