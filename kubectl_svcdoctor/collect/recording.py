"""Recordings on disk: what --record writes and --replay reads; YAML or JSON, one document."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.casefile import Recording, manifests
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.evidence import Vantage
from kubectl_svcdoctor.model.log import telling
from kubectl_svcdoctor.model.mentions import reduced, reduced_call
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef
from kubectl_svcdoctor.model.questions import Dial, DialFrom, Dialled, Look, Looked, Lookup, LookupFrom, Question, Reply, Resolved, Resolver, Resolving
from kubectl_svcdoctor.model.report import Cluster
from kubectl_svcdoctor.model.snapshot import Query, Snapshot, Unknown
from kubectl_svcdoctor.model.workload import PodLog

VERSION = "svcdoctor/v1"
KIND = "Recording"
Some = Query[KubernetesObject]
_EXCHANGES: dict[str, tuple[Any, Any]] = {
    "Dial": (Dial, Dialled), "Lookup": (Lookup, Resolved), "Resolver": (Resolver, Resolving), "Look": (Look, Looked),
    "LookupFrom": (LookupFrom, Resolved), "DialFrom": (DialFrom, Dialled),
}


def save(file: str, snapshot: Snapshot, source: Source, namespace: str, vantages: tuple[Vantage, ...] = ()) -> None:
    """Write everything that was read, without what often holds passwords; Secrets are never read at all."""
    read = {query: answer for query, answer in snapshot.answers.items() if not isinstance(answer, Unknown)}
    refused = {query: answer for query, answer in snapshot.answers.items() if isinstance(answer, Unknown)}
    objects = {_key(item): item for answer in read.values() for item in answer}
    where = source.cluster()
    document = {
        "apiVersion": VERSION, "kind": KIND, "takenAt": source.now().astimezone(UTC).isoformat(), "namespace": namespace,
        "cluster": {"context": where.context, "serverVersion": where.server_version},
        "vantages": [msgspec.to_builtins(vantage) for vantage in vantages],
        "reads": [_written(query) for query in read],
        "refused": [{**_written(query), "why": answer.why, "what": answer.what, "detail": answer.detail, "unlock": answer.unlock}
                    for query, answer in refused.items()],
        "replies": [{"kind": type(question).__name__, "question": msgspec.to_builtins(question), "reply": msgspec.to_builtins(reply)}
                    for question, reply in snapshot.replies.items() if not isinstance(reply, Unknown)],
        "objects": [_redacted(decode.to_manifest(objects[key])) for key in sorted(objects)],
    }
    try:
        Path(file).write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=140))
    except OSError as error:
        raise UserError(f"cannot write the recording: {error}; give --record a path that can be written") from error


def load(file: str | os.PathLike[str]) -> Recording:
    """A Source out of a recording. Raises UserError for a file that is missing, unreadable or no recording."""
    try:
        document = yaml.load(Path(file).read_text(), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the recording {file}: {error}; give --replay a file that --record has written") from error
    except yaml.YAMLError as error:
        raise UserError(f"{file} is neither YAML nor JSON: {error}; give --replay a file that --record has written") from error
    if not isinstance(document, dict) or document.get("kind") != KIND or document.get("apiVersion") != VERSION:
        raise UserError(f"{file} is no recording of kubectl svcdoctor (kind {KIND}, apiVersion {VERSION}); write one with --record")
    try:
        return _recording(document, str(file))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{file} is a damaged recording ({type(error).__name__}: {error}); record again") from error


def _recording(document: dict[str, Any], file: str) -> Recording:
    cluster = document.get("cluster") or {}
    taken = document["takenAt"]
    return Recording(
        objects=manifests(_plain(document["objects"]), file),
        taken_at=taken if isinstance(taken, datetime) else datetime.fromisoformat(taken),
        reads=tuple(_query(entry) for entry in document["reads"]),
        refused={_query(entry): Unknown(entry["what"], entry["why"], entry["detail"], entry["unlock"])
                 for entry in document.get("refused") or ()},
        where=Cluster(cluster.get("context", ""), cluster.get("serverVersion", "")),
        namespace=document.get("namespace", "default"),
        vantages=tuple(msgspec.convert(entry, Vantage) for entry in document.get("vantages") or ()),
        replies=dict(map(_exchange, document.get("replies") or ())),
    )


def _exchange(entry: dict[str, Any]) -> tuple[Question, Reply]:
    """A question and its reply, by the question's kind."""
    question, reply = _EXCHANGES[entry["kind"]]
    return msgspec.convert(entry["question"], question), msgspec.convert(entry["reply"], reply)


def _written(query: Some) -> dict[str, Any]:
    resource = query.kind.resource
    entry: dict[str, Any] = {"apiVersion": resource.api_version, "kind": resource.kind, "namespace": query.namespace}
    given = {"name": query.name, "labels": dict(query.labels), "fields": dict(query.fields)}
    return entry | {key: value for key, value in given.items() if value}


def _query(entry: dict[str, Any]) -> Some:
    kind = decode.kinds().get((entry["apiVersion"], entry["kind"]))
    if kind is None:
        raise ValueError(f"unknown kind {entry['apiVersion']} {entry['kind']}")
    pairs = {part: tuple(sorted((entry.get(part) or {}).items())) for part in ("labels", "fields")}
    return Query(kind, entry["namespace"], entry.get("name", ""), pairs["labels"], pairs["fields"])


def _key(item: KubernetesObject) -> tuple[ObjectRef, str, str]:
    """What makes two objects the same one; a Pod has several logs."""
    return (item.ref, item.container, item.previous) if isinstance(item, PodLog) else (item.ref, "", "")


def _redacted(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest without what often holds passwords: of variables and commands only the hosts that they name; not kubectl apply's copy of it all.

    Of a log it is the lines that tell something to a check.
    """
    if "text" in manifest:
        manifest["text"] = telling(manifest["text"])
    manifest.get("metadata", {}).get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
    for spec in (manifest.get("spec") or {}, ((manifest.get("spec") or {}).get("template") or {}).get("spec") or {}):
        for container in spec.get("initContainers", ()):
            variables = {entry.get("name", ""): str(entry.get("value", "")) for entry in container.get("env", ())}
            calls = reduced_call((*container.pop("command", ()), *container.pop("args", ())), variables)
            if calls:
                container["command"] = list(calls)
        for container in spec.get("containers", ()):
            named = [reduced(word) for word in (*container.pop("command", ()), *container.pop("args", ()))]
            if any(named):
                container["args"] = [word for word in named if word]
        for container in (*spec.get("containers", ()), *spec.get("initContainers", ())):
            for variable in container.get("env", ()):
                value = reduced(str(variable.pop("value", "")))
                if value:
                    variable["value"] = value
    return manifest


def _plain(value: Any) -> Any:
    """YAML's timestamps as the strings that JSON has."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime) else value
