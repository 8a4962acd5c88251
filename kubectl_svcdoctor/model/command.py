"""The commands that a report prints: values made of words, put into a shell's language in this one place.

Names, labels and messages of a cluster are whatever somebody wrote into it; the API server checks the names of owners not at all. So no command is
ever put together as text. A command is one line of a POSIX shell (IEEE Std 1003.1, chapter 2.2 on quoting), so that a paste survives any indent.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef
from kubectl_svcdoctor.model.printable import escaped, invisible

Word = str | ObjectRef | KubernetesObject
_PLAIN_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,=")
# kubectl finds these by their kind alone; what other groups serve needs its version and group, since kinds of one name are common.
_BUILT_IN = re.compile(r"([a-z]+|[a-z.]+\.k8s\.io|)/?v[0-9][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Programs whose output is the input of the next: one argv each. `document` is the first one's input, `saved_as` a new file for the last one's output."""

    stages: tuple[tuple[str, ...], ...]
    document: str = ""
    saved_as: str = ""

    def __str__(self) -> str:
        stages = (("printf", "%s", self.document), *self.stages) if self.document else self.stages
        text = " | ".join(" ".join(map(quoted, argv)) for argv in stages)
        # A file of that name may hold what an earlier paste has saved: noclobber stops there and says so.
        return f"(set -C && {text} > {quoted(self.saved_as)})" if self.saved_as else text


@dataclass(frozen=True, slots=True)
class Command:
    """One line to paste: pipelines of which each runs only if the one before succeeded. `str()` gives the line."""

    steps: tuple[Pipeline, ...]

    def __str__(self) -> str:
        return " && ".join(map(str, self.steps))

    def then(self, other: Command) -> Command:
        """This, and the other one where this succeeded."""
        return Command((*self.steps, *other.steps))

    def piped(self, other: Command) -> Command:
        """The output of this as the input of the other one."""
        last, (first, *further) = self.steps[-1], other.steps
        joined = Pipeline((*last.stages, *first.stages), last.document, first.saved_as)
        return Command((*self.steps[:-1], joined, *further))

    def given(self, document: Any) -> Command:
        """This with a document, as JSON, as its input."""
        return Command((replace(self.steps[0], document=compact(document)), *self.steps[1:]))

    def saved_as(self, file: str) -> Command:
        """This with its output in a new file; nothing is run or overwritten where the file exists."""
        return Command((*self.steps[:-1], replace(self.steps[-1], saved_as=file)))

    def addressed(self, flags: Sequence[str]) -> Command:
        """This with kubectl's flags that choose a cluster and a user. A plugin takes them after its own name."""
        return Command(tuple(
            replace(step, stages=tuple(_addressed(argv, flags) for argv in step.stages)) for step in self.steps))


def kubectl(*words: Word, namespace: str = "") -> Command:
    """A kubectl command; an object stands for its `kind/name`, and `namespace` is left out where it is empty."""
    where = ("-n", namespace) if namespace else ()
    return Command((Pipeline((("kubectl", *where, *map(_word, words)),)),))


def diagnosis(*words: Word, namespace: str = "") -> Command:
    """A run of this plugin; kubectl takes no flags before a plugin's name."""
    where = ("-n", namespace) if namespace else ()
    return Command((Pipeline((("kubectl", plugin.name(), *map(_word, words), *where),)),))


def target(ref: ObjectRef) -> str:
    """`deployment/web`, or `kafka.v1beta2.kafka.strimzi.io/main` for a kind that is not Kubernetes' own.

    A kind that the API could not serve (an owner reference may say anything) keeps its letters and digits only, so that it is never taken for a flag.
    """
    kind = re.sub(r"[^a-z0-9]", "", ref.kind.lower()) or "unknown"
    group, _, version = ref.api_version.rpartition("/")
    if group and not _BUILT_IN.fullmatch(ref.api_version):
        kind = ".".join((kind, re.sub(r"[^a-z0-9]", "", version), re.sub(r"[^a-z0-9.-]", "", group)))
    return f"{kind}/{ref.name}"


def compact(document: Any) -> str:
    """JSON on one line; what a terminal does not show is escaped."""
    return escaped(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def quoted(word: str) -> str:
    """A word as a POSIX shell reads it back, in characters that a terminal shows as they are."""
    if not any(map(invisible, word)):
        return shlex.quote(word)
    octets = word.encode("utf-8", "surrogatepass")
    return '"$(printf \'' + "".join(chr(octet) if octet in _PLAIN_BYTES else f"\\{octet:03o}" for octet in octets) + "')\""


def selector(labels: Mapping[str, str]) -> str:
    """`a=b,c=d`, as -l and `kubectl set selector` take it."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _word(word: Word) -> str:
    if isinstance(word, str):
        return word
    return target(word if isinstance(word, ObjectRef) else word.ref)


def _addressed(argv: tuple[str, ...], flags: Sequence[str]) -> tuple[str, ...]:
    if argv[:1] != ("kubectl",):
        return argv
    start = 2 if argv[1:2] == (plugin.name(),) else 1
    return (*argv[:start], *flags, *argv[start:])
