"""The libraries' own words are taken out of their errors for this level: what a sentence of ours must say, it must say without them.

A release of a library may word its errors anew, and neither the program nor a test is wrong then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click
import dns.exception
import msgspec
import pytest
import urllib3.exceptions
import websocket
import yaml

WORDS = "as the library of tomorrow words it"
SPEAKING = (click.ClickException, dns.exception.DNSException, urllib3.exceptions.HTTPError, websocket.WebSocketException, yaml.YAMLError)


@pytest.fixture(scope="session", autouse=True)
def reworded() -> Iterator[None]:
    """Errors of click, dnspython, msgspec, PyYAML, urllib3 and websocket-client keep their type and place, not their words."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (found for base in SPEAKING for found in _family(base)):
            patch.setattr(kind, "__str__", lambda error: WORDS)
        for kind in _family(click.ClickException):
            patch.setattr(kind, "format_message", lambda error: WORDS)
        patch.setattr(yaml.MarkedYAMLError, "__init__", _marked(yaml.MarkedYAMLError.__init__))
        patch.setattr(msgspec, "convert", _converting(msgspec.convert))
        yield


def _family(kind: type) -> Iterator[type]:
    yield kind
    for heir in kind.__subclasses__():
        yield from _family(heir)


def _marked(original: Callable[..., None]) -> Callable[..., None]:
    def made(error: Any, context: object = None, context_mark: object = None, problem: object = None, problem_mark: object = None, note: object = None) -> None:
        original(error, context and WORDS, context_mark, problem and WORDS, problem_mark, note)

    return made


def _converting(original: Callable[..., Any]) -> Callable[..., Any]:
    def convert(*args: Any, **named: Any) -> Any:
        try:
            return original(*args, **named)
        except msgspec.ValidationError as error:
            _, dash, place = str(error).partition(" - at ")
            raise msgspec.ValidationError(f"{WORDS}{dash}{place}") from None

    return convert
