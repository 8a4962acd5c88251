"""Programs of a lab, with a record on disk that outlives the harness: what it left can be ended, and nothing else.

A program writes its own record before it becomes the program: a shell notes its line of /proc/PID/stat and the id of
this boot, then execs. So there is no moment in which a program runs without a record, and start time plus boot tell a
process from a later one that got the same number.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NOTE_THEN_EXEC = f"""\
read -r boot < {_BOOT}
read -r stat < /proc/$$/stat
printf '%s\\n%s\\n' "$boot" "$stat" > "$0" && exec "$@"
"""
_POLL = 0.02


@dataclass(frozen=True)
class Record:
    """A process as it was started. `started` is in clock ticks since the boot `boot` (field 22 of /proc/PID/stat)."""

    pid: int
    started: int
    boot: str

    @classmethod
    def parse(cls, text: str) -> Record | None:
        """Return the record of a file's text, None when it is incomplete (its writer was killed before exec)."""
        boot, _, stat = text.partition("\n")
        fields = stat.rpartition(")")[2].split()
        if not stat.endswith("\n") or len(fields) < 20:
            return None
        return cls(int(stat.split(maxsplit=1)[0]), int(fields[19]), boot)

    def alive(self) -> bool:
        """Return whether this very process still runs; a zombie does not, nor does another with its number."""
        if self.boot != _BOOT.read_text().strip():
            return False
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return int(fields[19]) == self.started and fields[0] not in "ZX"

    def signal(self, number: int) -> None:
        """Send a signal to this very process; nothing happens when it is gone (a pidfd cannot mean another process)."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive():
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return
        finally:
            os.close(descriptor)

    def end(self, grace: float) -> None:
        """Stop it: SIGTERM, and SIGKILL after `grace` seconds; raise `LabError` when it survives even that."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a paused program takes no SIGTERM
        if self._gone_within(grace):
            return
        self.signal(signal.SIGKILL)
        if not self._gone_within(10):
            raise LabError(f"process {self.pid} does not end, not even by SIGKILL")

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True


class Process:
    """One program: `FOLDER/NAME.log` takes what it prints, `FOLDER/NAME.pid` says which process it is."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        folder: Path,
        netns: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare `argv`, run in the network namespace `netns`, with `environment` added to the harness's own."""
        self.name = name
        self.argv = [*_enter(netns), *argv]
        self.log = folder / f"{name}.log"
        self._note = folder / f"{name}.pid"
        self._environment = environment
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the program's own process id; raise `LabError` when it was not started."""
        if self._child is None:
            raise LabError(f"{self.name} is not started")
        return self._child.pid

    def start(self) -> None:
        """Start it in a session of its own and come back when its record is written, ready or not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._note.unlink(missing_ok=True)
        environment = None if self._environment is None else {**os.environ, **self._environment}
        argv = ["/bin/sh", "-c", _NOTE_THEN_EXEC, str(self._note), *self.argv]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        while self.running() and not (self._note.exists() and Record.parse(self._note.read_text())):
            time.sleep(0.001)

    def running(self) -> bool:
        """Return whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def wait_ready(self, probe: Callable[[], bool], seconds: float = 60) -> None:
        """Come back when `probe()` holds; raise `LabError` with the end of the log when it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while not probe():
            if not self.running():
                raise LabError(f"{self.name} ended with status {self._status()}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} is not ready after {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(_POLL)

    def pause(self) -> None:
        """Freeze it (SIGSTOP) until `resume`: its sockets stay open, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused program go on."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self, grace: float = 10) -> None:
        """End it, by force after `grace` seconds, and remove its record; nothing happens when it does not run."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            self._child.send_signal(signal.SIGCONT)
            try:
                self._child.wait(grace)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._note.unlink(missing_ok=True)

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines of its log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 64 * 1024))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _status(self) -> int | None:
        return self._child.returncode if self._child else None


def recorded(folder: Path) -> dict[str, Record]:
    """Return the programs that were started with `folder` and not stopped, by name; some may have ended since."""
    found = ((note.stem, Record.parse(note.read_text())) for note in sorted(folder.glob("*.pid")))
    return {name: record for name, record in found if record is not None}


def end_recorded(folder: Path, grace: float = 10) -> list[str]:
    """End what a killed harness left running in `folder`, all at once, and return the names of what did still run."""
    left = {name: record for name, record in recorded(folder).items() if record.alive()}
    for record in left.values():
        record.signal(signal.SIGTERM)
    for record in left.values():
        record.end(grace)
    for note in folder.glob("*.pid"):
        note.unlink(missing_ok=True)
    return list(left)


def _enter(netns: str | None) -> list[str]:
    """What runs a program in another network namespace; it execs, so that the process id is the program's own."""
    if netns is None:
        return []
    nsenter = shutil.which("nsenter")
    if nsenter is None:
        raise LabError("nsenter is not installed; run: apt-get install util-linux")
    return [nsenter, f"--net=/var/run/netns/{netns}", "--"]
