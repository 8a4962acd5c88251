"""Commands come out of one module: nobody else puts one together as text, quotes a word, or makes a Command by hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubectl_svcdoctor

ROOT = Path(kubectl_svcdoctor.__file__).parent
THE_ONE = ROOT / "model" / "command.py"
# Sentences for people who typed something wrong, and the plugin's own help, name commands in words of ours alone.
SPEAKING = {"cli/command.py", "cli/main.py", "cli/subject.py", "cli/selection.py", "cli/run.py", "cli/__init__.py", "model/plugin.py", "render/text.py",
            "__init__.py"}
# What is run by a shell inside a container is quoted there.
QUOTING = {"model/command.py", "probe/shell.py"}
MODULES = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in sorted(ROOT.rglob("*.py")) if path != THE_ONE]


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line, an f-string by its first part; docstrings are documentation and left out."""
    documented = {id(node.body[0].value) for node in ast.walk(tree)
                  if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES)
def test_no_other_module_writes_a_command_as_text(path: Path) -> None:
    if str(path.relative_to(ROOT)) in SPEAKING:
        return
    found = [f"line {line}: {text[:60]!r}" for line, text in texts(ast.parse(path.read_text())) if text.lstrip().startswith("kubectl ")]
    assert not found, f"{path.relative_to(ROOT)} writes commands as text; make them with kubectl() or diagnosis() of model/command.py: {found}"


@pytest.mark.parametrize("path", MODULES)
def test_no_other_module_quotes_or_makes_commands_by_hand(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert "shlex" not in imported or str(path.relative_to(ROOT)) in QUOTING, f"{path.relative_to(ROOT)} quotes words; that is done in model/command.py"
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"Command", "Pipeline"}, f"{path.relative_to(ROOT)} makes a Command by hand; use kubectl() or diagnosis()"


def test_the_law_sees_what_it_forbids() -> None:
    module = ast.parse('"""kubectl get"""\n\ndef fix(name):\n    """kubectl get"""\n    return (f"kubectl get pod {name}", "kubectl get")\n')
    assert [text for _, text in texts(module)] == ["kubectl get", "kubectl get pod "]
