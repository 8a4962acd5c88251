"""What an API server says in an answer that is not 200: a Status object (meta/v1), or the words of something in between."""

from __future__ import annotations

import msgspec

from kubectl_svcdoctor.collect.connection import Response
from kubectl_svcdoctor.model.meta import Value

# As much of an answer that is no Status as tells who wrote it.
EXCERPT = 200


class Details(Value, frozen=True):
    """`kind` is the plural name of the resource."""

    name: str = ""
    group: str = ""
    kind: str = ""


class Status(Value, frozen=True):
    kind: str = ""
    api_version: str = ""
    message: str = ""
    reason: str = ""
    details: Details = msgspec.field(default_factory=Details)


_DECODER = msgspec.json.Decoder(Status)


def status(response: Response) -> Status | None:
    """The Status object that an API server writes with every refusal; None where somebody else has answered."""
    try:
        found = _DECODER.decode(response.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if (found.kind, found.api_version) == ("Status", "v1") else None


def words(response: Response) -> str:
    """The message of the Status, or else the HTTP status with the start of the body, on one line."""
    found = status(response)
    if found is not None and found.message:
        return found.message
    start = " ".join(response.body[:EXCERPT].decode(errors="replace").split())
    return f"HTTP status {response.status}" + (f": {start}" if start else "")
