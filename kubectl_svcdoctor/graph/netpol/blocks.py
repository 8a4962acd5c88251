"""ipBlocks asked about the addresses that a packet may carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from kubectl_svcdoctor.graph.netpol.verdict import Answer, Undecided
from kubectl_svcdoctor.model.policy import IPBlock

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Addresses:
    """The networks out of which a packet's address may be, one of them; where it is not `complete`, it may be another of the same families."""

    networks: tuple[Network, ...] = ()
    complete: bool = True


def addresses(texts: Iterable[str], complete: bool = True) -> Addresses:
    """Out of addresses or CIDRs; what cannot be read leaves them incomplete."""
    found = [_readable(text) for text in texts]
    return Addresses(tuple(entry for entry in found if entry), complete and None not in found)


def _readable(text: str) -> Network | None:
    try:
        return network(text)
    except ValueError:
        return None


@cache
def network(text: str) -> Network:
    """A CIDR, or an address as the network that holds it alone; bits beyond the prefix count as zero, as for network plugins. Raises ValueError."""
    return ip_network(text, strict=False)


def covers(block: IPBlock, given: Addresses) -> Answer:
    """Whether the block holds the address, whichever of the possible ones it is."""
    try:
        whole, holes = network(block.cidr), [network(text) for text in block.except_]
    except ValueError:
        return Undecided((f"ipBlock {block.cidr} cannot be read",))
    found = {_covers(whole, holes, entry) for entry in given.networks}
    everything = whole.prefixlen == 0 and not holes
    if not given.complete and not (everything and found == {True}):
        found.add(None)
    if len(found) == 1 and None not in found:
        return True in found
    return Undecided((f"it is not known whether ipBlock {block.cidr} holds the address of the packets",)) if found else False


def _covers(whole: Network, holes: list[Network], given: Network) -> bool | None:
    """None where a network lies in the block in part."""
    if not whole.overlaps(given) or any(_within(given, hole) for hole in holes):
        return False
    return True if _within(given, whole) and not any(given.overlaps(hole) for hole in holes) else None


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.overlaps(outer) and inner.prefixlen >= outer.prefixlen
