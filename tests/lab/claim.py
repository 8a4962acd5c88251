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
        self._file = folder.parent / f"{folder.name}.lock"
        self._descriptor = _locked(self._file)
        if self._descriptor is None:
            raise LabInUse(f"the lab {lab_id} is in use by another process; end that, or choose another id")

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self._descriptor is not None:
            self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def _locked(file: Path) -> int | None:
    """The descriptor of the file, locked; None when another process has it."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if file.exists() and os.path.samestat(os.fstat(descriptor), file.stat()):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:  # removed between both looks at it
            pass
        os.close(descriptor)  # its last holder removed it while we opened it: lock the file that is there now


def started() -> list[str]:
    """Return the ids of the labs that have a folder, running or left behind."""
    return sorted(folder.name for folder in paths.run_root().iterdir() if _is_lab(folder))


def _is_lab(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink()
