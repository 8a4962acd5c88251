"""urllib3's connection pools, which the official client uses, too, set up for one server.

The official client itself is not imported for requests: that costs 0.30 s of processor time, urllib3 alone 0.07 s, and a
whole examination has to take less than 0.6 s.
"""

from __future__ import annotations

import logging
import socket
import ssl
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3

from kubectl_svcdoctor.errors import UserError

# Errors are told in our own sentences, once.
logging.getLogger("urllib3").addHandler(logging.NullHandler())
logging.getLogger("urllib3").propagate = False
warnings.filterwarnings("ignore", category=urllib3.exceptions.HTTPWarning)

KEPT_ALIVE = 16


def pool(
    tls: ssl.SSLContext | None, server_name: str, proxy: str, proxy_tls: Callable[[], ssl.SSLContext]
) -> urllib3.PoolManager:
    """Connections with these TLS settings, through `proxy` unless it is empty. `server_name` is tls-server-name, or empty."""
    settings: dict[str, Any] = {"num_pools": 4, "maxsize": KEPT_ALIVE, "block": False}
    if tls is not None:
        settings |= {"ssl_context": tls, "cert_reqs": tls.verify_mode}
        if server_name:
            settings |= {"server_hostname": server_name}
        if tls.verify_mode == ssl.CERT_NONE:
            settings["assert_hostname"] = False
    if not proxy:
        return urllib3.PoolManager(**settings)
    parts = urlsplit(proxy)
    if parts.scheme.startswith("socks"):
        return _socks(proxy, settings)
    if parts.scheme == "https":
        settings["proxy_ssl_context"] = proxy_tls()
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        settings["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=login)
    return urllib3.ProxyManager(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", **settings)


def _socks(proxy: str, settings: dict[str, Any]) -> urllib3.PoolManager:
    """Go lets a socks5 proxy resolve the server's name, which urllib3 calls socks5h."""
    try:
        from urllib3.contrib.socks import SOCKSProxyManager
    except ImportError:
        raise UserError("the proxy speaks SOCKS, for which the package PySocks is needed; "
                        "install it: pip install 'kubectl-svcdoctor[socks]'") from None
    return SOCKSProxyManager("socks5h" + proxy[proxy.index("://"):], **settings)


def open_socket(connections: urllib3.PoolManager, server: str, seconds: float) -> socket.socket:
    """A connected socket to the server, with the TLS settings and through the proxy of the pools. Raises what urllib3 raises."""
    target, parts = connections.connection_from_url(server), urlsplit(server)
    settings: dict[str, Any] = dict(target.conn_kw)
    if isinstance(target, urllib3.HTTPSConnectionPool):
        settings |= {"cert_reqs": target.cert_reqs, "assert_hostname": target.assert_hostname}
    first: Any = target.proxy or target
    connection: Any = target.ConnectionCls(host=first.host, port=first.port, timeout=seconds, **settings)
    if target.proxy is not None:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection.set_tunnel(parts.hostname, port, dict(target.proxy_headers), scheme=target.proxy.scheme)
    connection.connect()
    connected: socket.socket = connection.sock
    return connected
