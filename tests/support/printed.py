"""Runs what a report prints against a real API server that it hardly changes: the `kubectl` of these lines asks for a dry run.

    python -m tests.support.printed     lists the verbs of all cases' commands, and why some of them cannot be tried there
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the kubectl in front of the real one has to start at once
    from kubectl_svcdoctor.model.command import Command

Manifest = dict[str, Any]
READS = ("get", "describe", "events", "explain", "auth", "api-resources", "version", "rollout history")
DRY = ("patch", "set", "label", "annotate", "scale", "apply", "create", "replace", "delete", "taint", "cordon", "uncordon", "drain", "expose", "run",
       "autoscale", "rollout undo")
SILENT = ("delete", "cordon", "uncordon", "drain")  # these print no object
NOT_TRIED = {
    "logs": "no kubelet runs beside hand-written Pods, so nothing serves a log",
    "exec": "no kubelet runs beside hand-written Pods, so there is no process to enter",
    "port-forward": "no kubelet runs beside hand-written Pods, so nothing takes the connection",
    "debug": "no kubelet runs beside hand-written Pods, so nothing starts the container",
    "get --raw": "leads through the API server to a node or a Pod, and none runs",
    "top": "takes the metrics API, which no server of this level has",
    "edit": "opens an editor",
    "wait": "waits for controllers that do not run",
    "rollout restart": "has no dry run; it is a patch of one annotation of the template",
    "rollout resume": "has no dry run; it is a patch of spec.paused",
    "rollout status": "waits for controllers that do not run",
    "svcdoctor": "is this program; the levels run it themselves",
}
_GROUPS = ("rollout", "set", "auth")
_FLAGS_WITH_VALUE = ("-n", "--namespace", "--context", "--kubeconfig", "--as", "--cluster", "--user")
_WRAPPER = """#!{python} -SE
import sys
sys.path[:0] = [{root!r}]
from tests.support.printed import in_front
sys.exit(in_front({real!r}, {record!r}, sys.argv[1:]))
"""


@dataclass(frozen=True)
class Run:
    """One kubectl of a line: its words, and what came of it. `output` is what the server gave for an object that was changed; None for one not tried."""

    argv: tuple[str, ...]
    status: int
    output: str | None

    @property
    def objects(self) -> list[Manifest]:
        """The changed objects as the server would have them."""
        if not self.output or not changes(self.argv) or verb(self.argv) in SILENT:
            return []
        found = json.loads(self.output[self.output.index("{"):])  # a forced replacement says first that it deletes
        return list(found["items"]) if found["kind"] == "List" else [found]


def verb(argv: Sequence[str]) -> str:
    """What a kubectl command does: `patch`, `rollout undo`, `get --raw`; empty without a verb."""
    words: list[str] = []
    skip = False
    for word in argv:
        if skip or word.startswith("-"):
            skip = not skip and word in _FLAGS_WITH_VALUE
            continue
        words.append(word)
    first, second = [*words, "", ""][:2]
    if first == "rollout":
        return f"{first} {second}"
    return "get --raw" if first == "get" and "--raw" in argv else first


def changes(argv: Sequence[str]) -> bool:
    """Whether the command changes something, unless it is told to try only on the client's side."""
    return verb(argv) in DRY and "--dry-run=client" not in argv


def in_front(real: str, record: str, argv: list[str]) -> int:
    """What the `kubectl` of a pasted line does: runs the real one as a dry run, and writes down what came of it."""
    name = verb(argv)
    output, status = None, 0
    if name in READS or name in DRY:
        given = sys.stdin.buffer.read() if "-" in argv else b""
        forced = "--force" in argv  # kubectl has no dry run for this; it really happens
        tried = [*argv, *(["--dry-run=server"] if changes(argv) and not forced else ())]
        shown = ["-o", "json"] if changes(argv) and "-o" not in argv and name not in SILENT else []
        done = subprocess.run([real, *tried, *shown], input=given, stdout=subprocess.PIPE, check=False)
        status, output = done.returncode, done.stdout.decode()
        if name == "create" and not status:  # the commands after it speak of what it has created
            status = subprocess.run([real, *argv], input=given, stdout=subprocess.DEVNULL, check=False).returncode
        print(output, end="")
    with open(record, "a") as file:
        print(json.dumps([argv, status, output]), file=file)
    return status


class Paste:
    """A shell in an empty folder, with a kubectl that changes nothing (but for `--force`) as the administrator of a kubeconfig's cluster."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        real = shutil.which("kubectl")
        assert real, "kubectl is not installed; https://kubernetes.io/docs/tasks/tools/ says how"
        self._record = folder / "record"
        self._work = folder / "work"
        self._work.mkdir(exist_ok=True)
        program = folder / "bin" / "kubectl"
        program.parent.mkdir(exist_ok=True)
        root = str(Path(__file__).parent.parent.parent)
        program.write_text(_WRAPPER.format(python=sys.executable, root=root, real=real, record=str(self._record)))
        program.chmod(0o755)
        self._environ = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "KUBECONFIG": str(kubeconfig), "EDITOR": "true",
                         "KUBECACHEDIR": str(kubeconfig.parent / "kubectl-cache")}

    def __call__(self, line: str) -> tuple[list[Run], str]:
        """What each kubectl of the line did, and the complaint of a line that failed."""
        self._record.write_text("")
        done = subprocess.run(["sh", "-c", line], cwd=self._work, env=self._environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        runs = [Run(tuple(argv), status, output) for argv, status, output in map(json.loads, self._record.read_text().splitlines())]
        return runs, (done.stderr.strip() or f"exit status {done.returncode}") if done.returncode else ""


def printed() -> Iterator[tuple[str, str, Command | str]]:
    """Every command that a report on any case prints: the case, the code, the command."""
    from kubectl_svcdoctor.doctor import Doctor
    from tests.support.cases import cases

    for case in cases():
        report = Doctor(case.source(), prober=case.prober(), vantages=case.vantages).examine(case.examined_as())
        for finding in report.findings:
            for command in finding.fix.commands if finding.fix else ():
                yield case.id, finding.code, command


def programs(command: Command | str) -> Iterator[tuple[str, ...]]:
    """The words of each program that a line runs."""
    if not isinstance(command, str):
        for step in command.steps:
            yield from step.stages
        return
    for part in command.replace("&&", "|").split("|"):
        try:
            yield tuple(shlex.split(part))
        except ValueError:
            yield tuple(part.split())


def main() -> None:
    counted = Counter(verb(argv[1:]) if argv[0] == "kubectl" else argv[0] for *_, command in printed() for argv in programs(command) if argv)
    for name, number in counted.most_common():
        reason = NOT_TRIED.get(name) or ("" if name in (*READS, *DRY) else "no kubectl")
        print(f"{number:4} {name:16} {f'not tried: {reason}' if reason else 'tried'}")


if __name__ == "__main__":
    main()
