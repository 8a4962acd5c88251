"""Rules that stand for a firewall on a node: one nftables table, gone with the fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.faults.shop import Shop

_TABLE = "inet lab_fault"
_RULES = """\
table {table} {{
  chain early {{ type filter hook prerouting priority -300; {rule}; }}
}}
"""


@contextmanager
def blocked(shop: Shop, node: str, rule: str) -> Iterator[None]:
    """Enforce one rule on a node while the block runs, on what arrives there, before any translation."""
    host = shop.cluster.topology.host(node)
    host.must(["nft", "-f", "-"], stdin=_RULES.format(table=_TABLE, rule=rule))
    try:
        yield
    finally:
        host.must(["nft", "delete", "table", *_TABLE.split()])
