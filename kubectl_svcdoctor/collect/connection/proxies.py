"""Which proxy leads to the API server, by the rules of Go's net/http (golang.org/x/net/http/httpproxy)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from kubectl_svcdoctor.errors import UserError

_SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(server: str, configured: str, environ: Mapping[str, str]) -> str:
    """The proxy's URL, empty for none. `configured` (proxy-url) always applies; HTTPS_PROXY unless NO_PROXY or loopback.

    Raises UserError for an address that cannot be one.
    """
    if configured:
        return _checked(configured, "proxy-url")
    target = urlsplit(server)
    variable = f"{target.scheme}_proxy"
    found = environ.get(variable.upper()) or environ.get(variable) or ""
    if not found or _bypassed(target, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return ""
    return _checked(found if "://" in found else f"http://{found}", variable.upper())


def _checked(proxy: str, source: str) -> str:
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        # The address is not repeated: it may hold a password.
        raise UserError(f"the proxy in {source} is not an address; write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")
    return proxy


def _bypassed(target: SplitResult, no_proxy: str) -> bool:
    host = (target.hostname or "").rstrip(".")
    port = target.port or (443 if target.scheme == "https" else 80)
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return True
    return any(_matches(entry, host, port, address) for entry in map(str.strip, no_proxy.lower().split(",")) if entry)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _matches(entry: str, host: str, port: int, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    """Whether one NO_PROXY entry covers the host: `*`, a CIDR, an address or a domain, the last two perhaps with a port."""
    if entry == "*":
        return True
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name, _, number = entry.rpartition(":") if not _address(entry) and ":" in entry else (entry, "", "")
    if number and number != str(port):
        return False
    if listed := _address(name):
        return listed == address
    if name.startswith("*."):
        name = name[1:]
    # ".example.com" covers only what is below it, "example.com" itself, too.
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith("." + name)
