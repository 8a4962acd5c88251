"""What a terminal would obey instead of showing: control characters, invisible ones and overrides of the direction of writing (C0, C1, Cf, Zl, Zp)."""

from __future__ import annotations

import unicodedata

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def invisible(char: str) -> bool:
    return unicodedata.category(char) in INVISIBLE


def clean(text: str) -> str:
    """The text without them, on one line, so that it can neither move the cursor nor hide itself."""
    if text.isprintable():
        return text
    return "".join(" " if char in "\n\t" else "" if invisible(char) else char for char in text)


def escaped(text: str, spared: str = "", yaml: bool = False) -> str:
    """The text with them written out as JSON writes them (`\\u009b`), or as `yaml` does, so that nothing is lost and nothing is obeyed."""
    if text.isprintable():
        return text
    return "".join(_escape(char, yaml) if invisible(char) and char not in spared else char for char in text)


def _escape(char: str, yaml: bool) -> str:
    """Beyond the first 65,536 characters JSON has two units of UTF-16 (RFC 8259, section 7), YAML eight digits (YAML 1.1, section 5.6)."""
    if ord(char) <= 0xFFFF:
        return f"\\u{ord(char):04x}"
    octets = char.encode("utf-16-be")
    return f"\\U{ord(char):08x}" if yaml else f"\\u{octets[:2].hex()}\\u{octets[2:].hex()}"
