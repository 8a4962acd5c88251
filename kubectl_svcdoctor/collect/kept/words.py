"""Free text without what an application or a person may have written into it: the words of Kubernetes stay, and names that are known anyway."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from kubectl_svcdoctor.model.log import LINK, MISSING_NAME

LEFT_OUT = "…"
_TOKEN = re.compile(r"\w+(?:[.-]\w+)*")
_PARTS = re.compile(r"[._-]")
# What Kubernetes appends to names that it makes (apimachinery, util/rand), and the ordinal of a StatefulSet's Pod.
_MADE = re.compile(r"[bcdfghjklmnpqrstvwxz2456789]{5,10}|\d{1,5}")
_ENDING = re.compile(r"(?:ing|ed|es|s|e)$")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Short numbers (counts, exit codes, HTTP statuses), durations and quantities. Longer ones may be a PIN: ports stand in the recording anyway.
_MEASURE = re.compile(r"\d{1,3}|(?:\d{1,4}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h))+|\d{1,4}(?:[KMGTP]i?|[km])[Bb]?")
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?)(?:(?<=[\d\]]):\d{1,5})?(?![\w:])")
# Where Kubernetes' sentences name an object, by the kind that stands before it: an object that is missing is named nowhere else.
_OBJECTS = (
    re.compile(r'\b(?:config ?maps?|secrets?|persistent ?volume ?claims?|pvc|service ?accounts?|(?:priority|runtime|storage) ?class(?:es)?'
               r'|nodes?|pods?|namespaces?|containers?|volumes?|images?|keys?|resource)\s+"([a-z0-9](?:[-a-z0-9./]*[a-z0-9])?)"', re.IGNORECASE),
    re.compile(r"\bkey (\S+) in (?:ConfigMap|Secret) ([^/\s]+)/([^\s,;]+)"),
    re.compile(r"\bexceeded quota: ([-a-z0-9.]+)"),
    re.compile(r'\bUser "(system:[-a-z0-9:.]+)"'),
)


@cache
def vocabulary() -> frozenset[str]:
    """The stems of the words of Kubernetes' own messages and of the programs around them."""
    import yaml

    groups = yaml.safe_load(resources.files(__package__).joinpath("vocabulary.yaml").read_text())
    return frozenset(_stem(word) for words in groups.values() for word in words.split())


def _stem(word: str) -> str:
    """The same for `detect`, `detects`, `detected` and `detecting`, in lower case."""
    lower = word.lower()
    return _ENDING.sub("", lower) if len(lower) > 4 else lower


@dataclass(frozen=True, slots=True)
class Words:
    """Known words: those of a whole recording, and a few more in one place of it."""

    everywhere: Container[str]
    here: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return word in self.here or word in self.everywhere


def tokens(text: str) -> Iterator[str]:
    """The words of a text, each whole and in its parts: `web.shop` is known by that, by `web` and by `shop`."""
    for found in _TOKEN.finditer(text):
        yield found[0]
        yield from _PARTS.split(found[0])


def reduced(text: str, known: Container[str], spared: Iterable[tuple[int, int]] = ()) -> str:
    """The text with an ellipsis in place of each word that is neither Kubernetes' nor known; addresses and what stands in the places `spared` stay.

    `known` are words that the recording holds in any case.
    """
    places = [*spared, *matches(text, LINK, *MISSING_NAME, *_OBJECTS), *(found.span() for found in _ADDRESS.finditer(text) if _is_address(found[0]))]

    def kept(token: re.Match[str]) -> str:
        inside = any(start <= token.start() and token.end() <= end for start, end in places)
        return token[0] if inside or _telling(token[0], known) else LEFT_OUT

    return _TOKEN.sub(kept, text)


def matches(text: str, *patterns: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The places of what patterns match: those of a pattern's groups, or of all where it has none."""
    for pattern in patterns:
        numbers = range(1, pattern.groups + 1) if pattern.groups else range(1)
        yield from (found.span(number) for found in pattern.finditer(text) for number in numbers if found[number] is not None)


def _telling(token: str, known: Container[str]) -> bool:
    first, *others = _PARTS.split(token)
    return _known(token, known) or (_known(first, known) and all(_known(part, known) or (first in known and _MADE.fullmatch(part)) for part in others))


def _known(word: str, known: Container[str]) -> bool:
    """By itself, or as `CrashLoopBackOff` is made of known words."""
    if word in known or len(word) == 1 or _MEASURE.fullmatch(word) or _stem(word) in vocabulary():
        return True
    parts = _CAMEL.findall(word)
    return len(parts) > 1 and "".join(parts) == word and all(_MEASURE.fullmatch(part) or _stem(part) in vocabulary() for part in parts)


def _is_address(text: str) -> bool:
    address = text.strip("[]") if text.count(":") != 1 else text.partition(":")[0]
    if text.startswith("["):
        address = text[1:].partition("]")[0]
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
