"""Recordings on disk: what --record writes and --replay reads; YAML or JSON, one document."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import yaml

from kubectl_svcdoctor.collect import decode, private_file
from kubectl_svcdoctor.collect.casefile import Recording, Standpoint, manifests
from kubectl_svcdoctor.collect.kept import Keeper, names, tokens
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef
from kubectl_svcdoctor.model.register import Question, Reply, exchanges
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.snapshot import Absent, Query, Snapshot, Unknown
from kubectl_svcdoctor.model.workload import PodLog

VERSION = "svcdoctor/v1"
KIND = "Recording"
Some = Query[KubernetesObject]
_STANDPOINTS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Standpoint)}


def save(file: str, snapshot: Snapshot, source: Source, namespace: str, standpoints: Sequence[Standpoint] = ()) -> None:
    """Write what was read, as far as `kept` allows, into a file that only its owner may read; Secrets are never read at all."""
    try:
        private_file.write(file, yaml.dump(_document(snapshot, source, namespace, standpoints), Dumper=yaml.CSafeDumper, sort_keys=False, width=140))
    except OSError as error:
        raise UserError(f"cannot write the recording: {error}; give --record a path that can be written") from error


def _document(snapshot: Snapshot, source: Source, namespace: str, standpoints: Sequence[Standpoint]) -> dict[str, Any]:
    objects = {_key(item): item for answer in snapshot.answers.values() if isinstance(answer, tuple) for item in answer}
    keeper = Keeper(frozenset((*names((*objects.values(), *snapshot.replies, *snapshot.replies.values(), *standpoints)), *_asked(snapshot))))
    where = source.cluster()
    return {
        "apiVersion": VERSION, "kind": KIND, "takenAt": source.now().astimezone(UTC).isoformat(), "namespace": namespace,
        "cluster": {"context": where.context, "serverVersion": where.server_version},
        "vantages": [{"kind": type(entry).__name__, **msgspec.to_builtins(keeper.kept(entry))} for entry in standpoints],
        "reads": [_written(query) for query, answer in snapshot.answers.items() if isinstance(answer, tuple)],
        "absent": [_written(query) for query, answer in snapshot.answers.items() if isinstance(answer, Absent)],
        "refused": [{**_written(query), **msgspec.to_builtins(keeper.kept(answer))}
                    for query, answer in snapshot.answers.items() if isinstance(answer, Unknown)],
        "replies": [_told(keeper, question, reply) for question, reply in snapshot.replies.items()],
        "objects": [decode.to_manifest(keeper.kept(objects[key])) for key in sorted(objects)],
    }


def _asked(snapshot: Snapshot) -> Iterator[str]:
    """The words of the queries themselves."""
    for query in snapshot.answers:
        for text in (query.name, query.namespace or "", *(word for pair in (*query.labels, *query.fields) for word in pair)):
            yield from tokens(text)


def _told(keeper: Keeper, question: Any, reply: Any) -> dict[str, Any]:
    outcome = "unknown" if isinstance(reply, Unknown) else "reply"
    return {"kind": type(question).__name__, "question": msgspec.to_builtins(question), outcome: msgspec.to_builtins(keeper.kept(reply))}


def load(file: str | os.PathLike[str]) -> Recording:
    """A Source out of a recording. Raises UserError for a file that is missing, unreadable or no recording."""
    try:
        document = yaml.load(Path(file).read_text(), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the recording {file}: {error}; give --replay a file that --record has written") from error
    except yaml.YAMLError as error:
        raise UserError(f"{file} is neither YAML nor JSON: {' '.join(str(error).split())}; give --replay a file that --record has written") from error
    if not isinstance(document, dict) or document.get("kind") != KIND or document.get("apiVersion") != VERSION:
        raise UserError(f"{file} is no recording of kubectl svcdoctor (kind {KIND}, apiVersion {VERSION}); write one with --record")
    try:
        return _recording(document, str(file))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{file} is a damaged recording ({type(error).__name__}: {error}); record again") from error


def _recording(document: dict[str, Any], file: str) -> Recording:
    cluster = document.get("cluster") or {}
    taken = document["takenAt"]
    return Recording(
        objects=manifests(_plain(document["objects"]), file),
        taken_at=_moment(taken),
        reads=tuple(_query(entry) for entry in document["reads"]),
        absent=frozenset(_query(entry) for entry in document.get("absent") or ()),
        refused={_query(entry): msgspec.convert(entry, Unknown) for entry in document.get("refused") or ()},
        where=Cluster(cluster.get("context", ""), cluster.get("serverVersion", "")),
        namespace=document.get("namespace", "default"),
        standpoints=tuple(msgspec.convert(entry, _STANDPOINTS[entry.get("kind", "Vantage")]) for entry in document.get("vantages") or ()),
        replies=dict(map(_exchange, document.get("replies") or ())),
    )


def _moment(text: Any) -> datetime:
    """When it was taken. Raises ValueError for a time without a zone, which cannot be compared with those of the objects."""
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("takenAt has no time zone")
    return moment


def _exchange(entry: dict[str, Any]) -> tuple[Question, Reply]:
    """A question and its reply, by the question's kind."""
    kind = next((kind for kind in exchanges().values() if kind.question.__name__ == entry["kind"]), None)
    if kind is None:
        raise ValueError(f"unknown question {entry['kind']}")
    told = msgspec.convert(entry["unknown"], Unknown) if "unknown" in entry else msgspec.convert(entry["reply"], kind.reply)
    return msgspec.convert(entry["question"], kind.question), told


def _written(query: Some) -> dict[str, Any]:
    resource = query.kind.resource
    entry: dict[str, Any] = {"apiVersion": query.api_version, "kind": resource.kind, "namespace": query.namespace}
    given = {"name": query.name, "labels": dict(query.labels), "fields": dict(query.fields)}
    return entry | {key: value for key, value in given.items() if value}


def _query(entry: dict[str, Any]) -> Some:
    kind = decode.kinds().get((entry["apiVersion"], entry["kind"]))
    if kind is None:
        raise ValueError(f"unknown kind {entry['apiVersion']} {entry['kind']}")
    pairs = {part: tuple(sorted((entry.get(part) or {}).items())) for part in ("labels", "fields")}
    version = "" if entry["apiVersion"] == kind.resource.api_version else entry["apiVersion"].rpartition("/")[2]
    return Query(kind, entry["namespace"], entry.get("name", ""), pairs["labels"], pairs["fields"], version)


def _key(item: KubernetesObject) -> tuple[ObjectRef, str, str]:
    """What makes two objects the same one; a Pod has several logs."""
    return (item.ref, item.container, item.previous) if isinstance(item, PodLog) else (item.ref, "", "")


def _plain(value: Any) -> Any:
    """YAML's timestamps as the strings that JSON has."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime) else value
