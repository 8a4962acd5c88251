"""Where the lab keeps things: what is built stays in a cache, what belongs to a running lab lies in its own folder."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from pathlib import Path

from tests.lab.errors import LabError

_LAB_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


def cache_dir() -> Path:
    """Return the folder of built programs: `$SVCDOCTOR_CACHE`, else `kubectl-svcdoctor` in the user's cache.

    The Makefile keeps the virtual environments there, by the same rule.
    """
    own = os.environ.get("SVCDOCTOR_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubectl-svcdoctor"


def run_root() -> Path:
    """Return the folder of all running labs of this user, made and private; raise `LabError` when it is someone else's.

    It lies in `$XDG_RUNTIME_DIR`, else in the system's temporary folder, where others could have put it first.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    name = "kubectl-svcdoctor-lab" if runtime else f"kubectl-svcdoctor-lab-{os.getuid()}"
    root = Path(runtime or tempfile.gettempdir()) / name
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LabError(f"{root} is not a private folder of this user; remove it, or set XDG_RUNTIME_DIR to one that is")
    return root


def run_dir(lab_id: str) -> Path:
    """Return where the lab of this id keeps its data; the folder may not exist yet.

    Raises `LabError` for an id that is not lower-case letters, digits and dashes, 32 characters at most.
    """
    if not _LAB_ID.fullmatch(lab_id):
        raise LabError(f"a lab cannot be called {lab_id!r}: use lower-case letters, digits and dashes, 32 at most")
    return run_root() / lab_id
