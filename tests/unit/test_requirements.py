"""What is declared is used, what is used is declared, and the lock holds all of it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.requirements import ROOT, asked, run_time

LOCK = ROOT / "tests" / "requirements.txt"
# PySocks is urllib3's: urllib3.contrib.socks imports it.
USED_BY_OTHERS = {"pysocks"}
LOCKED = re.compile(r"^([\w.-]+)==(\S+) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def imported(folder: Path) -> set[str]:
    """The distributions that the modules below a folder import, wherever in them."""
    names = {name for path in folder.rglob("*.py") for name in _top_levels(ast.parse(path.read_text()))}
    known = packages_distributions()
    return {canonicalize_name(known.get(name, [name])[0]) for name in names - sys.stdlib_module_names - {"kubectl_svcdoctor", "tests"}}


def _top_levels(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_package_imports_what_it_declares_and_nothing_else() -> None:
    assert imported(ROOT / "kubectl_svcdoctor") == {canonicalize_name(Requirement(line).name) for line in run_time()} - USED_BY_OTHERS


def test_the_tests_import_nothing_undeclared() -> None:
    assert imported(ROOT / "tests") - {canonicalize_name(Requirement(line).name) for line in asked()} == set()


@pytest.mark.parametrize("line", asked())
def test_the_lock_is_within_the_declared_range(line: str) -> None:
    wanted = Requirement(line)
    locked = {canonicalize_name(name): version for name, version, _ in LOCKED.findall(LOCK.read_text())}
    assert wanted.specifier.contains(locked.get(canonicalize_name(wanted.name), "")), "run: make lock"


def test_the_lock_pins_everything_by_hashes_and_names_no_registry() -> None:
    text = LOCK.read_text()
    left = LOCKED.sub("", text)
    assert len(LOCKED.findall(text)) > len(asked())
    assert [line for line in left.splitlines() if line.strip() and not line.lstrip().startswith("#")] == []
    assert "://" not in text
