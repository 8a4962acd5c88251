"""Lines of styled spans, and how they reach a terminal, a pipe or a file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.model.printable import clean

STYLES = {
    "good": "green", "bad": "bold red", "warn": "yellow", "dim": "dim", "strong": "bold", "command": "cyan", "": "",
}
# A text fills at most so many rows of a terminal.
ROWS = 4
PLAIN_MARKS = {"✓": "+", "✗": "x", "→": "->", "←": "<-", "…": "..."}


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: an indent in columns, and spans. A line that may wrap is broken between words at the width; a command never is."""

    spans: tuple[Span, ...]
    indent: int = 0
    hanging: int = 0
    wraps: bool = True


def line(*spans: Span | str, indent: int = 0, hanging: int = 0, wraps: bool = True) -> Line:
    """A line out of spans; plain strings are spans without style."""
    return Line(tuple(Span(part) if isinstance(part, str) else part for part in spans), indent, hanging, wraps)


def plain(lines: Iterable[Line], width: int | None, unicode: bool = True) -> str:
    """The lines without any escape sequence; `width` None wraps nothing."""
    return "".join(_text(entry, width, unicode) + "\n" for entry in lines)


def coloured(lines: Iterable[Line], width: int | None, unicode: bool = True) -> str:
    """The lines with the escape sequences of a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(force_terminal=True, no_color=False, width=width or 10_000, highlight=False, markup=False, emoji=False,
                      color_system="standard", legacy_windows=False)
    with console.capture() as capture:
        for entry in lines:
            text = Text(_text(entry, width, unicode))
            start = 0
            for span, shown in zip(entry.spans, _shown(entry, width, unicode), strict=True):
                words = shown.split()
                if span.style and words:
                    start = _stylize(text, words, start, STYLES[span.style])
            console.print(text, soft_wrap=True)
    return capture.get()


def _stylize(text: object, words: list[str], start: int, style: str) -> int:
    """Style a span's words where wrapping has put them."""
    from rich.text import Text

    assert isinstance(text, Text)
    begin = text.plain.find(words[0], start)
    end = begin
    for word in words:
        end = text.plain.index(word, end) + len(word)
    text.stylize(style, begin, end)
    return end


def _shown(entry: Line, width: int | None, unicode: bool) -> list[str]:
    """The texts of a line's spans as they are shown. In a terminal a text of many lines is shortened; in a pipe nothing is."""
    most = width * ROWS if width and entry.wraps else None
    return [_plainly(shortened(clean(span.text), most), unicode) for span in entry.spans]


def shortened(text: str, most: int | None) -> str:
    """The text without its middle where it is longer than that: messages begin with what happened, and the telling words often stand last."""
    if most is None or len(text) <= most:
        return text
    half = most // 2 - 2
    return f"{text[:half].rpartition(' ')[0] or text[:half]} … {text[-half:].partition(' ')[2] or text[-half:]}"


def _plainly(cleaned: str, unicode: bool) -> str:
    if unicode:
        return cleaned
    for mark, word in PLAIN_MARKS.items():
        cleaned = cleaned.replace(mark, word)
    return cleaned.encode("ascii", "replace").decode()


def _text(entry: Line, width: int | None, unicode: bool) -> str:
    whole = "".join(_shown(entry, width, unicode))
    first = " " * entry.indent
    if not entry.wraps or width is None or len(first) + len(whole) <= width:
        return (first + whole).rstrip()
    rest = " " * (entry.indent + entry.hanging)
    wrapped = textwrap.wrap(whole, max(width, 40), initial_indent=first, subsequent_indent=rest, break_long_words=False,
                            break_on_hyphens=False, drop_whitespace=True)
    return "\n".join(wrapped)
