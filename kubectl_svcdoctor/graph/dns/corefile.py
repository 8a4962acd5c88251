"""The Corefile: which zones CoreDNS serves from the API, and what stands in front of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REWRITING = ("rewrite", "template", "hosts", "file", "auto", "view")


@dataclass(frozen=True, slots=True)
class Line:
    """One directive with its arguments: `block` is the plugin in whose braces it stands, empty for a plugin itself."""

    zones: tuple[str, ...]
    block: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def lines(text: str) -> Iterator[Line]:
    """All directives of all server blocks (CoreDNS's manual, Configuration); comments are left out."""
    zones: tuple[str, ...] = ()
    block, depth = "", 0
    for raw in text.splitlines():
        words = re.sub(r"(^|\s)#.*", "", raw).split()
        opens, closes = words[-1:] == ["{"], words[:1] == ["}"]
        words = [word for word in words if word not in ("{", "}")]
        if depth == 0 and words:
            zones = tuple(zone(word) for word in words)
        elif words:
            yield Line(zones, block if depth > 1 else "", tuple(words))
        if opens:
            block = words[0] if depth == 1 and words else block
            depth += 1
        if closes:
            depth -= 1


def zone(word: str) -> str:
    """`cluster.local` of `dns://cluster.local.:53,`; empty for the root."""
    return re.sub(r":\d+$", "", word.rstrip(",").rpartition("://")[2]).rstrip(".").lower()


def served_zones(text: str) -> tuple[str, ...]:
    """The zones that the kubernetes plugin answers from the API, without those of reverse lookups; those of its block where it names none."""
    found = []
    for line in lines(text):
        if not line.block and line.words[0] == "kubernetes":
            found += [zone(word) for word in line.words[1:]] or list(line.zones)
    return tuple(name for name in dict.fromkeys(found) if name and not name.endswith(".arpa"))


def serving(text: str, domain: str) -> str | None:
    """The Corefile with that domain served from the API: added to the kubernetes plugin of the block for all names, or with a plugin of its own there.

    None where no block serves all names. The order of plugins in a block has no meaning (CoreDNS's manual, Plugins).
    """
    found, depth, inside, opened = text.split("\n"), 0, False, -1
    for place, raw in enumerate(found):
        words = re.sub(r"(^|\s)#.*", "", raw).split()
        if depth == 0 and words[-1:] == ["{"]:
            inside = "" in [zone(word) for word in words[:-1]]
            opened = place if inside and opened < 0 else opened
        if depth == 1 and inside and words[:1] == ["kubernetes"]:
            found[place] = re.sub(r"\bkubernetes\b", lambda _: f"kubernetes {domain}", raw, count=1)
            return "\n".join(found)
        depth += (words[-1:] == ["{"]) - (words[:1] == ["}"])
    if opened < 0:
        return None
    options = ["pods insecure", "fallthrough in-addr.arpa ip6.arpa", "ttl 30"]
    plugin = [f"    kubernetes {domain} in-addr.arpa ip6.arpa {{", *(f"        {option}" for option in options), "    }"]
    return "\n".join([*found[:opened + 1], *plugin, *found[opened + 1:]])


def rewriting(text: str) -> tuple[str, ...]:
    """The directives that may answer for a name before the kubernetes plugin does, as they are written."""
    return tuple(line.text for line in lines(text) if not line.block and line.words[0] in REWRITING)
