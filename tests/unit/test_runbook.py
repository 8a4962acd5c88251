"""The line that README gives for a runbook, run by a shell as it stands there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
# Answers as the plugin would: `-o name` from a file, and a status for each Service by its name.
STUB = """#!/bin/sh
case "$*" in
"svcdoctor -n shop -o name") cat "$HOME/verdicts"; exit "$(cat "$HOME/status")" ;;
"svcdoctor "*" -n shop") echo "$2" >> "$HOME/alone"; cat > /dev/null; exit "$(cat "$HOME/${2#service/}" 2> /dev/null || echo 0)" ;;
*) echo "unknown command: $*" >&2; exit 64 ;;
esac
"""


def line() -> str:
    (found,) = [text.strip() for text in README.read_text().splitlines() if "svcdoctor -n shop -o name" in text]
    return found


SHELLS = tuple(filter(None, map(shutil.which, ("sh", "bash", "dash", "zsh", "ksh", "busybox"))))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("verdicts", "status", "alone", "examined", "ended"), [
    (["web healthy", "api healthy"], 0, {}, [], 0),
    (["web healthy", "api broken", "db degraded"], 1, {"api": 1, "db": 1}, ["api", "db"], 1),
    (["web healthy unprobed", "api healthy unprobed"], 0, {}, ["web", "api"], 0),
    (["web healthy unprobed", "api healthy unprobed"], 0, {"web": 1}, ["web", "api"], 1),
    (["web healthy", "api unknown"], 3, {"api": 3}, ["api"], 3),
    (["web unknown unprobed"], 3, {"web": 1}, ["web"], 1),
    ([], 2, {}, [], 2),
    ([], 3, {}, [], 3),
])
def test_every_service_that_is_not_known_to_be_healthy_is_examined(
    shell: str, verdicts: list[str], status: int, alone: dict[str, int], examined: list[str], ended: int, tmp_path: Path,
) -> None:
    (tmp_path / "kubectl").write_text(STUB)
    (tmp_path / "kubectl").chmod(0o755)
    (tmp_path / "verdicts").write_text("".join(f"service/{entry.replace(' ', ' shop ', 1)}\n" for entry in verdicts))
    for name, number in {"status": status, **alone}.items():
        (tmp_path / name).write_text(str(number))
    environ = {**os.environ, "HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    argv = [shell, *(["sh"] if shell.endswith("busybox") else []), "-c", line()]
    run = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stderr) == (ended, "")
    seen = (tmp_path / "alone").read_text().split() if (tmp_path / "alone").exists() else []
    assert seen == [f"service/{name}" for name in examined]
