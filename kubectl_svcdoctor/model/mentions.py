"""Hosts that a text names: what a Pod's variables and arguments tell of whom it talks to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_svcdoctor.model.log import MEMBER

# A host counts behind a scheme (`http://web/`), before a port (`web:80`), or as a name of the cluster (`web.shop.svc`, or `db-0.db` of a StatefulSet's
# Pod). A bare word may be a password.
_HOST = re.compile(
    r"(?:^|(?<=[\s,=;'\"(]))(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)?(?:[^\s/@,;]*@)?"
    r"(?P<host>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)\.?(?P<port>:[0-9]{1,5})?(?=[/,;\s?#'\")]|$)"
)


def hosts(text: str) -> Iterator[str]:
    """Each host that the text names, in order, without ports; addresses are not hosts."""
    return (found["host"] for found in _named(text))


def places(text: str) -> Iterator[tuple[int, int]]:
    """Where in the text those hosts stand, with the ports behind them."""
    return ((found.start("host"), found.end()) for found in _named(text))


def _named(text: str) -> Iterator[re.Match[str]]:
    for found in _HOST.finditer(text):
        host = found["host"]
        known = found["scheme"] or found["port"] or ".svc" in host or MEMBER.fullmatch(host)
        if known and not re.fullmatch(r"[0-9.]+", host):
            yield found
