"""A program run to its end, or to its time limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Ended:
    """How it ended: its exit status, or None when the limit was reached and it was killed."""

    status: int | None
    stdout: bytes
    stderr: str


def run(command: Sequence[str], environ: Mapping[str, str], limit: float, interactive: bool) -> Ended:
    """Run a program for at most `limit` seconds. Raises OSError when it cannot be started.

    An interactive one has our stdin, and its stderr is shown while it runs: it may say which page to open.
    """
    process = subprocess.Popen(
        command, env=dict(environ), stdin=None if interactive else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # A group of its own, so that what it started can be killed with it; a group of its own could not read the terminal.
        start_new_session=not interactive and os.name == "posix",
    )
    out, err = bytearray(), bytearray()
    readers = [_reader(process.stdout, out, False), _reader(process.stderr, err, interactive)]
    try:
        status: int | None = process.wait(limit)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        if process.returncode is None:
            _kill(process, not interactive)
    for reader in readers:
        # A background process that it left behind may hold the pipe open.
        reader.join(1)
    return Ended(status, bytes(out), err.decode("utf-8", "replace"))


def _reader(pipe: IO[bytes] | None, into: bytearray, shown: bool) -> threading.Thread:
    def read() -> None:
        while pipe and (some := os.read(pipe.fileno(), 65536)):
            into.extend(some)
            if shown:
                sys.stderr.write(some.decode("utf-8", "replace"))
                sys.stderr.flush()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _kill(process: subprocess.Popen[bytes], group: bool) -> None:
    if group and os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
