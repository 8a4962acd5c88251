"""What the lab says when it cannot go on."""

from __future__ import annotations


class LabError(RuntimeError):
    """The lab cannot be built, started or stopped; the message says why, with a program's last words."""
