"""What a killed process has left of its control plane, and how it goes away."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path

from tests.lab import paths, process
from tests.lab.claim import Claim, LabInUse, started

CONTROL_PLANE = "control-plane"
"""The folder of a lab in which its control plane lives."""


def remove(lab_id: str) -> list[str]:
    """Stop the control plane that a process which has ended left running, and remove all of the lab's folder.

    Returns the names of the programs that were still running; raises `LabInUse` when that process still runs.
    """
    claim = Claim(lab_id)
    try:
        ended = process.end_recorded(paths.run_dir(lab_id) / CONTROL_PLANE, grace=0)
        remove_folder(paths.run_dir(lab_id))
        return ended
    finally:
        claim.release()


def remove_family(family: str) -> None:
    """Do so for all labs called FAMILY-NUMBER that nobody uses."""
    for lab_id in started():
        if re.fullmatch(rf"{family}-\d+", lab_id):
            with suppress(LabInUse):
                remove(lab_id)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it; one that is not there is fine."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
