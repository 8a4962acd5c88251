"""Whether a replay says what was said live: the same report, with an ellipsis where the recording left a word out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubectl_svcdoctor.collect.kept.words import LEFT_OUT

# How long it took is no part of what was said.
VOLATILE = ("seconds", "apiRequests")


def differences(live: Any, replayed: Any, path: str = "") -> Iterator[str]:
    """Where a replayed document says something else than the live one; lists are as long, and a text differs by words that were left out alone."""
    if isinstance(live, dict) and isinstance(replayed, dict):
        for key in sorted(live.keys() | replayed.keys()):
            if key not in VOLATILE:
                yield from differences(live.get(key), replayed.get(key), f"{path}.{key}")
    elif isinstance(live, list) and isinstance(replayed, list) and len(live) == len(replayed):
        for place, (one, other) in enumerate(zip(live, replayed, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif isinstance(live, str) and isinstance(replayed, str) and LEFT_OUT in replayed:
        if not re.fullmatch(r"\S+".join(map(re.escape, replayed.split(LEFT_OUT))), live, re.DOTALL):
            yield f"{path}: {live!r} became {replayed!r}"
    elif live != replayed:
        yield f"{path}: {live!r} became {replayed!r}"
