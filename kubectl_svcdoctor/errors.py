"""What goes wrong around an examination, in words for its user."""

from __future__ import annotations

import sys
from typing import TextIO

from kubectl_svcdoctor.model.printable import escaped


class UserError(Exception):
    """One sentence that says what is wrong and what to do; `exit_status` is 2 for wrong usage, 3 when the API is away.

    What is quoted in it may come from anywhere, so line ends and escape sequences are written out.
    """

    def __init__(self, message: str, exit_status: int = 2) -> None:
        self.message = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in message)
        super().__init__(self.message)
        self.exit_status = exit_status


def tell(text: str, stream: TextIO | None = None) -> None:
    """Write lines to stderr: the one door to it, since what is told may quote a cluster, and a terminal obeys what it is sent."""
    print("\n".join(escaped(line, spared="\t") for line in text.split("\n")), file=stream or sys.stderr, flush=True)


def progress(text: str) -> None:
    """Tell a person who looks on; nobody reads it in a pipe."""
    if sys.stderr.isatty():
        tell(text)
