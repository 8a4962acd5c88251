"""What goes wrong around an examination, in words for its user."""

from __future__ import annotations


class UserError(Exception):
    """One sentence that says what is wrong and what to do; `exit_status` is 2 for wrong usage, 3 when the API is away."""

    def __init__(self, message: str, exit_status: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.exit_status = exit_status
