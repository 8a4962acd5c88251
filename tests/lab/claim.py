"""Whose lab it is: a lock that its harness holds as long as it lives, so that nobody cleans up a lab that is in use."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tests.lab import paths
from tests.lab.errors import LabError


class LabInUse(LabError):
    """Another process that still runs has started the lab of this id."""


class Claim:
    """The right to start, clean up and stop the lab of one id; it ends with `release`, or with the process."""

    def __init__(self, lab_id: str) -> None:
        """Claim it; raise `LabInUse` when another process has it."""
        folder = paths.run_dir(lab_id)
        self._descriptor = os.open(folder.parent / f"{folder.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise LabInUse(f"the lab {lab_id} is in use by another process; end that, or choose another id") from None

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def started() -> list[str]:
    """Return the ids of the labs that have a folder, running or left behind."""
    return sorted(folder.name for folder in paths.run_root().iterdir() if _is_lab(folder))


def _is_lab(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink()
