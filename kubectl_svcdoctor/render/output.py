"""Writes what a format has given."""

from __future__ import annotations

import io
import sys
from typing import TextIO


def write(content: str, stream: TextIO = sys.stdout) -> None:
    """Write to a stream whose encoding may lack a character; a reader that has gone away (`| head`) is no error."""
    try:
        stream.write(content)
        stream.flush()
    except UnicodeEncodeError:
        stream.write(content.encode(stream.encoding, "replace").decode(stream.encoding))
    except BrokenPipeError:
        sys.stdout = io.StringIO()
