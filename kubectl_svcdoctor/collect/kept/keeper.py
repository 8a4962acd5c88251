"""Walks what was read and leaves out what a recording does not keep; whatever else is a string, `fields.py` decides."""

from __future__ import annotations

import dataclasses
from collections.abc import Container as Known
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from kubectl_svcdoctor.collect.kept import documents, fields
from kubectl_svcdoctor.collect.kept.words import Words, reduced, tokens
from kubectl_svcdoctor.model.calls import assigned, called
from kubectl_svcdoctor.model.mentions import places
from kubectl_svcdoctor.model.workload import Container

T = TypeVar("T")


def listed(table: fields.Fields, kind: type, name: str) -> bool:
    """Whether a table lists this field of a type or of one that it is derived from."""
    return any(name in table.get(base, ()) for base in kind.__mro__)


def names(values: Iterable[Any]) -> Iterator[str]:
    """Every name, label and number that is kept as it stands; in the words of other texts they are known then."""
    for value in values:
        if isinstance(value, (tuple, frozenset)):
            yield from names(value)
            continue
        for name, part in _parts(value):
            if isinstance(part, int) and not isinstance(part, bool):
                yield str(part)
            elif listed(fields.NAMES, type(value), name):
                for text in _texts(part):
                    yield from tokens(text)
            elif not isinstance(part, (str, dict)):
                yield from names(part if isinstance(part, tuple) else (part,))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for text in map(str, pair))
    elif isinstance(value, tuple):
        for entry in value:
            yield from _texts(entry)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a decoded object, of a question or of a reply."""
    if isinstance(value, msgspec.Struct):
        yield from ((name, getattr(value, name)) for name in value.__struct_fields__)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((entry.name, getattr(value, entry.name)) for entry in dataclasses.fields(value))


@dataclasses.dataclass(frozen=True, slots=True)
class Keeper:
    """Reduces values to what is kept, where `known` are the words that stand in the recording in any case."""

    known: Known[str]

    def kept(self, value: T) -> T:
        """The same value, of what it holds only what is kept; a field that no table lists takes its default."""
        if isinstance(value, tuple):
            return type(value)(map(self.kept, value))
        parts = dict(_parts(value))
        if not parts:
            return value
        keeper = self._within(value) if isinstance(value, Container) else self
        changed = {name: keeper._field(type(value), name, part) for name, part in parts.items()}
        replaced: T = (msgspec.structs.replace if isinstance(value, msgspec.Struct) else dataclasses.replace)(value, **changed)  # type: ignore[type-var]
        return replaced

    def _field(self, kind: type, name: str, part: Any) -> Any:
        if listed(fields.NAMES, kind, name):
            return part
        if listed(fields.SENTENCES, kind, name):
            return reduced(part, self.known)
        if listed(fields.COMMANDS, kind, name):
            return tuple(map(self._command, part)) if isinstance(part, tuple) else self._command(part)
        if listed(fields.ANNOTATIONS, kind, name):
            return {key: value if key in fields.ANNOTATIONS_READ else "" for key, value in part.items()}
        if listed(fields.COREFILE, kind, name):
            return {key: documents.setting(key, value, self.known) for key, value in part.items() if key in documents.SETTINGS}
        if listed(fields.LOG, kind, name):
            return documents.log(part, self.known)
        if listed(fields.OWNERSHIP, kind, name):
            return documents.ownership(part)
        return self._unlisted(part)

    def _unlisted(self, part: Any) -> Any:
        """Structures are looked through; a string, and what is made of strings, is left out."""
        if isinstance(part, (str, dict)):
            return type(part)()
        if isinstance(part, tuple) and any(isinstance(entry, str) for entry in part):
            return ()
        return self.kept(part)

    def _command(self, word: str) -> str:
        return reduced(word, self.known, places(word))

    def _within(self, container: Container) -> Keeper:
        """With the hosts and ports that the container's command and its probes' commands call, and the variables that they set for that."""
        variables = {entry.name: entry.value for entry in container.env}
        probes = (probe.exec for probe in (container.readiness_probe, container.liveness_probe, container.startup_probe) if probe and probe.exec)
        commands = [(*container.command, *container.args), *(probe.command for probe in probes)]
        texts = (text for words in commands for text in (*assigned(words), *map(str, called(words, variables))))
        return Keeper(Words(self.known, frozenset(token for text in texts for token in tokens(text))))
