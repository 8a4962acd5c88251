"""Hosts that a text names: what a Pod's variables and arguments tell of whom it talks to, and all that a recording keeps of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_svcdoctor.model.log import LINK, MEMBER

# A host counts behind a scheme (`http://web/`), before a port (`web:80`), or as a name of the cluster (`web.shop.svc`, or `db-0.db` of a StatefulSet's
# Pod). A bare word may be a password.
_HOST = re.compile(
    r"(?:^|(?<=[\s,=;'\"(]))(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)?(?:[^\s/@,;]*@)?"
    r"(?P<host>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)\.?(?P<port>:[0-9]{1,5})?(?=[/,;\s?#'\")]|$)"
)


def hosts(text: str) -> Iterator[str]:
    """Each host that the text names, in order, without ports; addresses are not hosts."""
    for found in _HOST.finditer(text):
        host = found["host"]
        known = found["scheme"] or found["port"] or ".svc" in host or MEMBER.fullmatch(host)
        if known and not re.fullmatch(r"[0-9.]+", host):
            yield host


def reduced(text: str) -> str:
    """The text without all but its hosts, such that `hosts` finds the same ones in it, and its URLs of cluster IPs, as Service variables have them."""
    return ",".join((*(f"x://{host}" for host in hosts(text)), *LINK.findall(text)))
