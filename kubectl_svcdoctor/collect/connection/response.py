"""What the API server answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Response:
    """An answer: its HTTP status, its raw body (never compressed), and the server's clock, None when it told none."""

    status: int
    body: bytes
    date: datetime | None = None
