"""The connection to the API server, made and authenticated as kubectl does it. What costs time to import waits for `connect`."""

from __future__ import annotations

from kubectl_svcdoctor.collect.connection.client import Connection, connect
from kubectl_svcdoctor.collect.connection.options import ConnectionOptions, parse_duration
from kubectl_svcdoctor.collect.connection.request_log import RequestLog
from kubectl_svcdoctor.collect.connection.response import Response
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble, Forbidden, TimedOut, TLSTrouble, Unreachable

__all__ = [
    "Connection", "ConnectionOptions", "CredentialTrouble", "Forbidden", "RequestLog", "Response", "TLSTrouble", "TimedOut", "Unreachable",
    "connect", "parse_duration",
]
