"""The laws of the project as tests: one direction of imports, pure checks, complete documentation, a schema that every report obeys."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from kubectl_svcdoctor.checks import Check, all_checks
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph.provide import Need, providers
from kubectl_svcdoctor.graph.proxy.contradiction import Stated
from kubectl_svcdoctor.model.branch import Branch
from kubectl_svcdoctor.model.evidence import Here, Now, ServiceKey, Vantage
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.render.document import document
from kubectl_svcdoctor.render.formats import rendered
from kubectl_svcdoctor.render.style import Style
from tests.support.cases import Case, cases

PACKAGE = Path(__file__).parents[2] / "kubectl_svcdoctor"
HEADINGS = ("Why it breaks:", "How to fix:", "Look yourself:", "Reference:")
MAY_IMPORT = {
    "model": {"model"},
    "graph": {"graph", "model"},
    "checks": {"checks", "graph", "model"},
    "judge": {"checks", "graph", "model"},
    "diagnose": {"model"},
    "remedy": {"diagnose", "graph", "judge", "model"},
    "collect": {"collect", "errors", "model", "__init__"},
    "probe": {"collect", "errors", "model", "probe"},
    "render": {"model", "render", "__init__"},
}
IMPURE = {"os", "sys", "time", "socket", "subprocess", "logging", "random", "pathlib", "urllib3", "kubernetes", "click", "rich"}
GIVEN = {Subject, Now, Vantage, Here, Branch, ServiceKey, Stated}  # from the command line, the API server's clock, and the branches of the examination
PURE = ("model", "graph", "checks", "judge", "diagnose", "remedy")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def stage(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    allowed = MAY_IMPORT.get(stage(path))
    for name in imported(path):
        parts = name.split(".")
        if allowed is not None and parts[0] == PACKAGE.name:
            assert (parts[1] if len(parts) > 1 else "__init__") in allowed, f"{path.name} imports {name}"
        if stage(path) in PURE and path.name != "__init__.py":
            assert parts[0] not in IMPURE, f"{path.name} is in the pure core and imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_neither_prints_nor_reads_the_clock(path: Path) -> None:
    if stage(path) not in PURE:
        return
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    assert not calls & {"print", "open", "input", "datetime.now", "datetime.utcnow", "time.time"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_cut_before_it_is_shown(path: Path) -> None:
    """JSON promises that; a text is shortened by the renderer for a terminal. An application's log is quoted around what it tells (model/log.py)."""
    if stage(path) not in PURE or path.name == "log.py":
        return
    tree = ast.parse(path.read_text())
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    cut = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
           and id(node) not in documentation and node.value.endswith("…")]
    assert cut == [], "say the whole of it; render/lines.py shortens what a terminal cannot hold"


def needed_by(path: Path) -> set[str]:
    """The modules of this package that a module imports anywhere, those that wait until they are needed among them."""
    known = {name_of(entry) for entry in modules()}
    froms = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom) and node.module]
    named = {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in known else str(node.module) for node in froms for alias in node.names}
    return named & known - {name_of(path)}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_module_waits_for_itself() -> None:
    """Imports go round in no circle, those that are made late included: what two modules need of each other belongs into a third."""
    graph = {name_of(path): needed_by(path) for path in modules()}
    while ends := {name for name, needed in graph.items() if not needed & graph.keys()}:
        graph = {name: needed for name, needed in graph.items() if name not in ends}
    assert sorted(graph) == [], "these modules import each other, or what does"


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_every_need_can_be_met(check: Check) -> None:
    """What a check needs is given, or some provider has it, and none of them waits for itself."""

    def followed(needs: Iterable[Need], way: tuple[type, ...]) -> None:
        for need in needs:
            spoken = " → ".join(kind.__name__ for kind in (*way, need.kind))
            assert need.kind not in way, f"{check.code} needs {spoken}: a provider waits for what is made of it; take the common part out"
            provider = providers().get(need.kind)
            assert provider or need.kind in GIVEN, (
                f"{check.code} needs {spoken}, which nobody provides: register a function for {need.kind.__name__} with @asks or @derives in graph/")
            if provider and need.kind not in sound:
                followed(provider.needs, (*way, need.kind))
                sound.add(need.kind)

    sound: set[type] = set()
    followed(check.needs, ())


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_what_a_check_explains_is_a_check(check: Check) -> None:
    named = {node.value for node in _explained(ast.parse(Path(inspect.getfile(check.function)).read_text()))}
    strange = named - {other.slug for other in all_checks()}
    assert not strange, f"{check.code} explains {', '.join(sorted(strange))}, which is no check's slug: correct it"


def _explained(tree: ast.Module) -> Iterator[ast.Constant]:
    """The strings of every `explains=`, in place or in a constant of the module."""
    constants = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    for keyword in (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "explains"):
        used = [constants[node.id] for node in ast.walk(keyword.value) if isinstance(node, ast.Name) and node.id in constants]
        for part in (keyword.value, *used):
            yield from (node for node in ast.walk(part) if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_documentation_has_its_headings_in_order(check: Check) -> None:
    lines = check.documentation.strip().splitlines()
    assert lines[0].endswith("."), "the title is a sentence"
    places = [lines.index(heading) for heading in HEADINGS]
    assert places == sorted(places)
    for start, end in zip(places, [*places[1:], len(lines)], strict=True):
        assert any(line.strip() for line in lines[start + 1:end]), f"nothing under {lines[start]}"


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_every_check_finds_something_in_some_case(check: Check) -> None:
    found = any(entry["slug"] == check.slug for case in cases() for entry in case.finds)
    assert found, f"no case finds {check.slug}: add one to tests/cases/{check.hop}/ in which it is the cause, and one that only looks like it"


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(resources.files("kubectl_svcdoctor.render").joinpath("report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_every_report_obeys_the_schema_and_reads_back(case: Case) -> None:
    report = Doctor(case.source(), prober=case.prober(), vantages=case.vantages, ask_everything=case.everything).examine(case.examined_as())
    for result in (Result((report,), False), Result((report, report), True)):
        validator().validate(document(result))
        assert json.loads(rendered(result, "json", Style(False, None, True))) == yaml.safe_load(rendered(result, "yaml", Style(False, None, True)))


def test_summaries_are_single_sentences() -> None:
    for case in cases():
        report = Doctor(case.source(), prober=case.prober(), vantages=case.vantages, ask_everything=case.everything).examine(case.examined_as())
        for finding in report.findings:
            summary = finding.problem.summary
            assert "\n" not in summary and not summary.endswith("."), summary
            assert summary not in finding.problem.evidence
