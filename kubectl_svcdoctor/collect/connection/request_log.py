"""-v=6 and up: each request on stderr, as kubectl prints it; from 8 on the bodies, too. Credentials never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from kubectl_svcdoctor.errors import tell

# kubectl's levels: 8 cuts a body here, 9 and up do not.
_CUT = 1024


@dataclass(frozen=True)
class RequestLog:
    """Writes what kubectl's -v would, on `stream` (stderr when None)."""

    verbosity: int = 0
    stream: TextIO | None = None

    def request(self, method: str, url: str, outcome: str, seconds: float) -> None:
        """One line for one request and what came of it: a status, or an error's name."""
        if self.verbosity >= 6:
            self._write(f"{method} {url} {outcome} in {round(seconds * 1000)} milliseconds")

    def body(self, kind: str, url: str, content: bytes) -> None:
        """A request's or a response's body, unless it may be a Secret or a token."""
        if self.verbosity < 8:
            return
        if any(word in url for word in ("/secrets", "/token", "tokenreviews")):
            self._write(f"{kind} body: {len(content)} bytes, not shown because it may hold secrets")
            return
        text = content.decode("utf-8", "replace")
        cut = text if self.verbosity > 8 else text[:_CUT]
        left = f" [truncated {len(text) - len(cut)} chars]" if len(cut) < len(text) else ""
        self._write(f"{kind} body: {cut}{left}")

    def _write(self, line: str) -> None:
        tell(line, self.stream)
