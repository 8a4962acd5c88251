"""Addresses and networks out of the text of a cluster, which may hold anything."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address(text: str) -> Address | None:
    """The address that a text is; None for what is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def within(text: str, network: str) -> bool:
    """Whether an address lies in a network such as a podCIDR; no, where one of the two is none."""
    found = address(text)
    try:
        return found is not None and found in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
