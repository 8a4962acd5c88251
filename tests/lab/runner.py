"""Starts the programs of one lab and keeps them together: logs in one folder, one control group for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.cgroup import Cgroup
from tests.lab.process import Process
from tests.lab.topology import Host


class Runner:
    """What every part of one lab needs to start a program. `folder` receives `NAME.log` and `NAME.pid` for each."""

    def __init__(self, folder: Path, cgroup: Cgroup) -> None:
        """Use `folder` for logs and pid files, and `cgroup` as the group of everything that is started."""
        self.folder = folder
        self.cgroup = cgroup

    def start(self, name: str, argv: Sequence[str], *, host: Host | None = None) -> Process:
        """Start a program (in the network of `host`) and return it at once, ready or not."""
        process = Process(name, argv, folder=self.folder, netns=host.netns if host else None)
        process.start()
        self.cgroup.enter(process.pid)
        return process
