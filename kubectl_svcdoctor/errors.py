"""What goes wrong around an examination, in words for its user."""

from __future__ import annotations


class UserError(Exception):
    """One sentence that says what is wrong and what to do; `exit_status` is 2 for wrong usage, 3 when the API is away.

    What is quoted in it may come from anywhere, so line ends and escape sequences are written out.
    """

    def __init__(self, message: str, exit_status: int = 2) -> None:
        self.message = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in message)
        super().__init__(self.message)
        self.exit_status = exit_status
