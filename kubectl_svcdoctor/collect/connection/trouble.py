"""What can go wrong on the way to the API server. All but a wrong configuration leave an examination inconclusive (status 3)."""

from __future__ import annotations

from kubectl_svcdoctor.errors import UserError


class _APIAway(UserError):
    def __init__(self, message: str) -> None:
        super().__init__(message, 3)


class Unreachable(_APIAway):
    """No connection to the API server: its name, its port, or a proxy in between."""


class Forbidden(_APIAway):
    """The API server answers, and does not let this user do it."""


class TimedOut(_APIAway, TimeoutError):
    """The API server, or something in between, did not answer in time."""


class TLSTrouble(_APIAway):
    """The API server's certificate is not trusted, or it refused ours."""


class CredentialTrouble(_APIAway):
    """No credentials could be had: a plugin, an identity provider or a token file failed, or what they gave has expired."""
