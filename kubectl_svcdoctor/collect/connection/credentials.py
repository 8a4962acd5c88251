"""What proves to the API server who we are, in client-go's order: token, password, credential plugin, identity provider."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kubectl_svcdoctor.collect.connection.tls import Certificate
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble

# client-go reads a token file again after a minute (transport/token_source.go).
TOKEN_FILE_SECONDS = 60.0


class Credentials(Protocol):
    """Safe to use from several threads; each method may raise CredentialTrouble."""

    def authorization(self) -> str:
        """The Authorization header, empty for none."""

    def certificate(self) -> Certificate | None:
        """The client certificate for TLS."""

    def renew(self, refused: str) -> bool:
        """After status 401 for the header `refused`: whether there is now something else to try."""


@dataclass(frozen=True)
class Fixed:
    """Credentials that stand in the kubeconfig or on the command line."""

    header: str
    client: Certificate | None

    def authorization(self) -> str:
        return self.header

    def certificate(self) -> Certificate | None:
        return self.client

    def renew(self, refused: str) -> bool:
        return False


class TokenFile:
    """A token that somebody else keeps fresh in a file; while it cannot be read, the last one read or `inline` is used."""

    def __init__(self, path: str, inline: str, client: Certificate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._client, self._clock = path, client, clock
        self._token = inline
        self._read_at: float | None = None

    def authorization(self) -> str:
        if self._read_at is None or self._clock() - self._read_at >= TOKEN_FILE_SECONDS:
            self._read()
        return bearer(self._token, f"the token file {self._path}")

    def certificate(self) -> Certificate | None:
        return self._client

    def renew(self, refused: str) -> bool:
        self._read()
        return self.authorization() != refused

    def _read(self) -> None:
        try:
            token = Path(self._path).read_bytes().decode("utf-8", "replace").strip()
            why = "it is empty"
        except (OSError, ValueError) as error:
            token, why = "", (getattr(error, "strerror", None) or "it is no path").lower()
        if not token and not self._token:
            raise CredentialTrouble(f"no token in the token file {self._path!r}: {why}; log in again, or correct tokenFile")
        self._token = token or self._token
        self._read_at = self._clock()


def bearer(token: str, source: str) -> str:
    """The Authorization header for a token. Raises CredentialTrouble for one that no header can carry."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialTrouble(f"{source} has blanks, line ends or other characters that no token has; log in again")
    return f"Bearer {token}"
