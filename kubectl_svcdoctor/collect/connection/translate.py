"""What urllib3 and OpenSSL raise, in one sentence that says what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from urllib.parse import urlsplit

import urllib3.exceptions as http

from kubectl_svcdoctor.collect.connection.trouble import TimedOut, TLSTrouble, Unreachable
from kubectl_svcdoctor.errors import UserError

# OpenSSL's verification results (x509_vfy.h): what is wrong, and what to do.
_VERIFY = {
    9: ("is not valid yet", "check this machine's clock"),
    10: ("has expired", "renew it on the server, and check this machine's clock"),
    18: ("is self-signed and not trusted", "put it into certificate-authority-data of the cluster"),
    19: ("is signed by an unknown authority", "put the cluster's CA into certificate-authority-data"),
    20: ("is signed by an unknown authority", "put the cluster's CA into certificate-authority-data"),
    21: ("is signed by an unknown authority", "put the cluster's CA into certificate-authority-data"),
    62: ("is for another name", "correct server in the kubeconfig, or set --tls-server-name"),
    64: ("is for another address", "correct server in the kubeconfig, or set --tls-server-name"),
}
_REFUSED_BY_SERVER = {
    "CERTIFICATE_EXPIRED": "our client certificate has expired; renew it",
    "CERTIFICATE_REQUIRED": "a client certificate is required; add one to the kubeconfig",
    "UNKNOWN_CA": "our client certificate is signed by an authority that it does not know; get one from this cluster",
    "BAD_CERTIFICATE": "our client certificate is not accepted; get one from this cluster",
    "HANDSHAKE_FAILURE": "no common TLS settings or no accepted client certificate; check the kubeconfig's certificates",
}


def trouble(error: Exception, server: str, proxy: str, seconds: float) -> UserError:
    """The error for the user. `seconds` is the limit that applied."""
    if isinstance(error, http.ProxyError):
        return _proxy(error, proxy)
    reason = _reason(error)
    if isinstance(reason, ssl.SSLError):
        return _tls(reason, server)
    if _is_timeout(error) or isinstance(reason, TimeoutError):
        return TimedOut(f"the API server {server} did not answer within {seconds:g} seconds; "
                        "check the network to it (VPN, firewall), or allow more with --request-timeout")
    through = f" through the proxy {_bare(proxy)}" if proxy else ""
    return Unreachable(f"the API server {server} cannot be reached{through}: {_why(error, reason, server)}")


def _is_timeout(error: BaseException) -> bool:
    """NewConnectionError is a timeout by name only, for compatibility with old versions of urllib3."""
    return isinstance(error, http.TimeoutError) and not isinstance(error, http.NewConnectionError)


def _reason(error: BaseException) -> BaseException:
    """What the operating system or OpenSSL said, below urllib3's wrappings."""
    seen: set[int] = set()
    found = error
    while id(found) not in seen:
        seen.add(id(found))
        inner = found.__cause__ or found.__context__ or next((arg for arg in found.args if isinstance(arg, BaseException)), None)
        if isinstance(found, (ssl.SSLError, socket.gaierror)) or inner is None:
            break
        found = inner
    return found


def _why(error: Exception, reason: BaseException, server: str) -> str:
    host = urlsplit(server).hostname
    if isinstance(error, http.NameResolutionError) or isinstance(reason, socket.gaierror):
        return f"the name {host} does not resolve; check server in the kubeconfig, the VPN and the DNS of this machine"
    number = reason.errno if isinstance(reason, OSError) else None
    if number == errno.ECONNREFUSED:
        return "the connection is refused; check that it runs, and that the port is right"
    if number in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return "there is no route to it; check the network and the VPN"
    if number == errno.ECONNRESET or isinstance(error, http.ProtocolError):
        return "it closed the connection in the middle; check that server and port are those of an API server, and try again"
    return f"{str(reason).strip() or type(reason).__name__}; check the network and server in the kubeconfig"


def _tls(reason: ssl.SSLError, server: str) -> UserError:
    if isinstance(reason, ssl.SSLCertVerificationError):
        what, advice = _VERIFY.get(reason.verify_code, (f"is not accepted ({reason.verify_message})", "check it and the cluster's CA"))
        return TLSTrouble(f"the certificate of the API server {server} {what}; {advice}")
    name = reason.reason or ""
    if name in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return TLSTrouble(f"the API server {server} does not speak TLS on this port; correct server in the kubeconfig")
    for part, why in _REFUSED_BY_SERVER.items():
        if part in name:
            return TLSTrouble(f"the API server {server} refuses the connection: {why}")
    if isinstance(reason, ssl.SSLEOFError) or "EOF" in name:
        return TLSTrouble(f"the API server {server} ended the connection during the TLS handshake; "
                          "check server, port and proxy, and whether it wants a client certificate")
    words = name.lower().replace("_", " ") or reason
    return TLSTrouble(f"TLS with the API server {server} failed ({words}); check server and certificates")


def _proxy(error: http.ProxyError, proxy: str) -> UserError:
    inner = error.original_error
    text, reason = str(inner), _reason(error)
    if "407" in text:
        why = "it demands a user name and a password; write them into its URL"
    elif "Tunnel connection failed" in text:
        why = f"it refuses the way to the API server ({text.partition(': ')[2] or text}); allow it there, or add the server to NO_PROXY"
    elif isinstance(reason, ssl.SSLError):
        why = "TLS with it failed; write http:// if it speaks plain HTTP, and check its certificate"
    elif _is_timeout(inner) or isinstance(reason, TimeoutError):
        return TimedOut(f"the proxy {_bare(proxy)} did not answer in time; check proxy-url or HTTPS_PROXY")
    elif isinstance(reason, socket.gaierror):
        why = "its name does not resolve; check proxy-url or HTTPS_PROXY"
    else:
        why = "no connection to it; check proxy-url or HTTPS_PROXY, and that it runs"
    return Unreachable(f"the proxy {_bare(proxy)} does not lead to the API server: {why}")


def _bare(proxy: str) -> str:
    """The proxy's URL without user name and password."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
