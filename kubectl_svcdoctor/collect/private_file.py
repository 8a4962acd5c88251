"""Files that only their owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from kubectl_svcdoctor.errors import UserError

OWNER_ONLY = 0o600


def write(path: str, text: str) -> None:
    """Write a file with mode 0600, whatever the umask, in place of one that is there. Raises UserError for a path that is no file, and OSError.

    It is complete under its name or not there at all, and nobody else can have it open: a new file is renamed over the old one. A symbolic link is not
    followed, since in a folder that others may write to it leads where they want.
    """
    target = Path(path)
    if target.is_symlink() or (target.exists() and not stat.S_ISREG(target.lstat().st_mode)):
        raise UserError(f"{path} is no regular file; name a file that may be replaced, or one that is not there yet")
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), OWNER_ONLY)
    try:
        with open(descriptor, "w", encoding="utf-8") as stream:
            if hasattr(os, "fchmod"):
                os.fchmod(stream.fileno(), OWNER_ONLY)
            stream.write(text)
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        raise
