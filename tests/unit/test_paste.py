"""Every command that is printed for any case does what it says when it is pasted, whatever the cluster holds: no shell runs anything but these programs."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.command import Command
from tests.support.cases import Case, cases
from tests.support.hostile import FLAG, MARK, WORD, hostile, numeric

# One of each program: sh is often dash. A line that a shell runs to its end, it has parsed too.
SHELLS = sorted({os.path.realpath(found) for found in map(shutil.which, ("sh", "bash", "dash")) if found})
STUB = """#!/bin/sh
# writes down its words and what it reads, and says nothing
for word; do printf '%s\\0' "$word"; done > "$RECORD/$$"
cat > "$RECORD/$$.in"
"""
BROKEN = [case for case in cases() if case.finds]


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paste")
    program = folder / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(STUB)
    program.chmod(0o755)
    return folder


@cache
def seen() -> set[str]:
    """Lines that were tried already: many cases print the same."""
    return set()


def printed(case: Case) -> Iterator[Command]:
    """The commands of the case's report, each once in a session."""
    report = Doctor(case.source(), prober=case.prober(), vantages=case.vantages).examine(case.examined_as())
    for finding in report.findings:
        for command in finding.fix.commands if finding.fix else ():
            assert isinstance(command, Command), f"{finding.code} prints {command!r}, which is text: make it with kubectl(...) of model/command.py"
            yield command


def run(shell: str, line: str, stub: Path, number: Iterator[int] = itertools.count()) -> tuple[list[tuple[tuple[str, ...], str]], Path]:  # noqa: B008 - counts on
    """What each kubectl of a pasted line was given: its words and its input; and the folder where the line ran."""
    place = stub / f"paste-{next(number)}"
    record, work = place / "record", place / "work"
    record.mkdir(parents=True)
    work.mkdir()
    environ = {"PATH": f"{stub / 'bin'}:{os.environ['PATH']}", "RECORD": str(record), "HOME": str(work)}
    argv = [shell, "-c", line]
    done = subprocess.run(argv, cwd=work, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, f"{shell}: {line}\n{done.stderr.decode(errors='replace')}"
    runs = [(tuple(word.decode("utf-8", "surrogatepass") for word in file.read_bytes().split(b"\0")[:-1]), file.with_name(f"{file.name}.in").read_text())
            for file in sorted(record.iterdir()) if file.suffix != ".in"]
    return runs, work


def meant(command: Command) -> list[tuple[tuple[str, ...], str]]:
    """The words and the input of each kubectl, as the command's value has them."""
    return [(argv[1:], step.document if place == 0 else "") for step in command.steps for place, argv in enumerate(step.stages)]


def check(command: Command, stub: Path) -> None:
    line = str(command)
    if line in seen():
        return
    seen().add(line)
    assert "\n" not in line and "\r" not in line, f"not one line: {line!r}"
    assert line.isprintable(), f"something in it does not show: {line!r}"
    others = {argv[0] for step in command.steps for argv in step.stages} - {"kubectl"}
    assert not others, f"{line} runs {', '.join(sorted(others))}, which a user may not have"
    for shell in SHELLS:
        runs, work = run(shell, line, stub)
        assert sorted(runs) == sorted(meant(command)), line
        saved = {step.saved_as for step in command.steps} - {""}
        assert {file.name for file in work.iterdir()} == saved, f"{line} leaves other files than {saved}"


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in BROKEN])
def test_a_pasted_command_runs_with_the_words_that_were_meant(case: Case, stub: Path) -> None:
    for command in printed(case):
        check(command, stub)


@pytest.mark.parametrize(("case", "text"), [pytest.param(case, text, id=case.id) for case, text in zip(BROKEN, itertools.cycle((FLAG, WORD)))])
def test_nothing_that_somebody_wrote_into_the_cluster_is_run(case: Case, text: str, stub: Path) -> None:
    for command in printed(hostile(case, text)):
        for argv in (argv for step in command.steps for argv in step.stages):
            taken = [word for word in argv if word.startswith(FLAG[:8])]
            assert not taken, f"kubectl would take {taken} for a flag: {command}"
        check(command, stub)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in BROKEN[::4]])
def test_labels_that_look_like_numbers_stay_words(case: Case, stub: Path) -> None:
    for command in printed(numeric(case)):
        check(command, stub)


def test_the_hostile_text_reaches_commands() -> None:
    """Else the test above would test nothing."""
    lines = [str(command) for case in BROKEN[::5] for command in printed(hostile(case, FLAG))]
    assert sum(MARK in line for line in lines) > 5, "hostile text is in too few commands: tests/support/hostile.py puts it where nobody looks"
