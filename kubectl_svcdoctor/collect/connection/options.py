"""What the command line says about the connection, and how long one request may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kubectl_svcdoctor.errors import UserError

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# What Go's time.Duration can hold.
_LONGEST_SECONDS = float(2**63 // 10**9)
_PART = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)"


@dataclass(frozen=True)
class ConnectionOptions:
    """kubectl's flags of the same names; None or empty: not given. A flag beats the kubeconfig.

    `request_timeout` is in seconds for one request with its whole answer. None: an API server that falls silent is given
    up after 30 seconds without a byte.
    """

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    as_user: str | None = None
    as_groups: tuple[str, ...] = ()
    as_uid: str | None = None
    as_user_extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    certificate_authority: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool = False
    proxy_url: str | None = None
    request_timeout: float | None = None
    disable_compression: bool = False
    namespace: str | None = None
    kuberc: str | None = None
    verbosity: int = 0


def parse_duration(text: str) -> float | None:
    """Seconds for `90`, `5s`, `2m`, `1h30m`; None for zero or nothing, which mean no limit. Raises UserError for anything else.

    The grammar of --request-timeout: clientcmd.ParseTimeout, that is Go's time.ParseDuration or whole seconds.
    """
    seconds = _seconds(text) if text else 0.0
    if seconds is None or seconds > _LONGEST_SECONDS:
        raise UserError(
            f'invalid timeout value "{text}": write whole seconds, or a number with a unit, such as 30, 5s, 2m or 1h30m'
        )
    return seconds or None


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text)
    if not re.fullmatch(rf"\+?(?:{_PART})+", text, re.ASCII):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text, re.ASCII))
