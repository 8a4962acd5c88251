"""Rules that stand for a firewall on a node, or for a NetworkPolicy engine: one nftables table, gone with the fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.faults.shop import NAMESPACE, Shop

_TABLE = "inet lab_fault"
_RULES = """\
table {table} {{
  set pods {{ type ipv4_addr; {elements} }}
  chain early {{ type filter hook prerouting priority -300; {early} }}
  chain forward {{ type filter hook forward priority -10; {forward} }}
  chain output {{ type filter hook output priority -10; {forward} }}
}}
"""


@contextmanager
def blocked(shop: Shop, node: str, rule: str, *, pods: str = "") -> Iterator[None]:
    """Enforce one rule on a node while the block runs.

    Without `pods` it is applied to what arrives, before any translation; with `pods`, a label selector, to what goes on
    to those pods (the set `@pods`), from other hosts and from the node itself, which is where policy engines stand.
    """
    host = shop.cluster.topology.host(node)
    elements = f"elements = {{ {', '.join(_addresses(shop, pods))} }};" if pods else ""
    early, forward = ("", f"{rule};") if pods else (f"{rule};", "")
    host.must(["nft", "-f", "-"], stdin=_RULES.format(table=_TABLE, elements=elements, early=early, forward=forward))
    try:
        yield
    finally:
        host.must(["nft", "delete", "table", *_TABLE.split()])


def _addresses(shop: Shop, selector: str) -> list[str]:
    found = json.loads(shop.must("get", "pods", "-l", selector, "-o", "json", namespace=NAMESPACE))
    return [pod["status"]["podIP"] for pod in found["items"]]
