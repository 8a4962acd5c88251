"""One control group for everything a lab runs: the kernel's own list of what belongs to it.

Shims and containers outlive the daemons that started them, and a killed harness writes no more pid files. Whatever was
started inside the group stays inside it, so the group tells what is left over and ends exactly that. Groups are named
after the lab; containers of a node lie below (`cgroupRoot` of its kubelet). Works with cgroup v2, and with v1.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.lab.errors import LabError

_MOUNTS = Path("/proc/self/mounts")
_DAEMONS = "daemons"


class Cgroup:
    """The group `/NAME` in every hierarchy that the machine has mounted."""

    def __init__(self, name: str) -> None:
        """Remember the name; nothing is created before the first `enter`."""
        self.name = name

    def enter(self, pid: int) -> None:
        """Move a process in: what it starts from now on belongs to the group too."""
        leaf = _tracking_hierarchy() / self.name / _DAEMONS
        leaf.mkdir(parents=True, exist_ok=True)
        (leaf / "cgroup.procs").write_text(str(pid))

    def create(self, child: str) -> str:
        """Create a group below this one in every hierarchy, as a kubelet wants its `cgroupRoot`, and return its name."""
        for hierarchy in _hierarchies():
            (hierarchy / self.name / child).mkdir(parents=True, exist_ok=True)
        return f"/{self.name}/{child}"

    def pids(self) -> set[int]:
        """Return the processes that are in the group or below it, in any hierarchy."""
        found: set[int] = set()
        for folder in self._folders():
            found.update(_members(folder))
        return found - {os.getpid()}

    def end(self, *, timeout: float = 10) -> None:
        """Kill all processes of the group and remove it; raise `LabError` naming what stays alive."""
        deadline = time.monotonic() + timeout
        while pids := self.pids():
            for pid in pids:
                _kill(pid)
            if time.monotonic() > deadline:
                raise LabError(f"processes of {self.name} do not end: {sorted(pids)}")
            time.sleep(0.05)
        while left := self._remove():
            if time.monotonic() > deadline:
                raise LabError(f"control groups do not go away: {', '.join(map(str, left))}")
            time.sleep(0.05)

    def _folders(self) -> Iterator[Path]:
        """Every folder of the group, the deepest first."""
        for hierarchy in _hierarchies():
            for folder, _, _ in os.walk(hierarchy / self.name, topdown=False):
                yield Path(folder)

    def _remove(self) -> list[Path]:
        left = []
        for folder in self._folders():
            try:
                folder.rmdir()
            except OSError:
                left.append(folder)
        return left


def _hierarchies() -> list[Path]:
    """Return where control groups are mounted, version 2 first."""
    lines = [line.split() for line in _MOUNTS.read_text().splitlines()]
    second = [Path(fields[1]) for fields in lines if fields[2] == "cgroup2"]
    return second + [Path(fields[1]) for fields in lines if fields[2] == "cgroup"]


def _tracking_hierarchy() -> Path:
    """The hierarchy where daemons are put: version 2, or `pids`, which limits nothing by itself."""
    hierarchies = _hierarchies()
    if not hierarchies:
        raise LabError("no control groups are mounted under /sys/fs/cgroup: the lab with nodes needs them")
    second = [line.split()[1] for line in _MOUNTS.read_text().splitlines() if line.split()[2] == "cgroup2"]
    return Path(second[0]) if second else next((path for path in hierarchies if path.name == "pids"), hierarchies[0])


def _members(folder: Path) -> set[int]:
    try:
        return {int(line) for line in (folder / "cgroup.procs").read_text().split()}
    except (FileNotFoundError, OSError):
        return set()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
