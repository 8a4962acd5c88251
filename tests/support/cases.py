"""The cases: a healthy cluster and, for each fault, merge patches; read as data by the unit and the API level alike."""

from __future__ import annotations

import copy
import fnmatch
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from kubectl_svcdoctor.collect.casefile import Recording, manifests
from kubectl_svcdoctor.collect.decode import to_manifest
from kubectl_svcdoctor.graph.controllers import expected_slices
from kubectl_svcdoctor.graph.patches import merged
from kubectl_svcdoctor.model.endpoints import MANAGED_BY, SERVICE_NAME, SLICE_CONTROLLER
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Unknown, labels
from kubectl_svcdoctor.model.workload import Pod

FOLDER = Path(__file__).parent.parent / "cases"
KEYS = {"name", "covers", "change", "add", "controllers", "subject", "namespace", "finds", "verdict", "listens", "only_unit"}
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case. `finds` is exactly what must be found; `covers` names catalogue slugs."""

    file: str
    name: str
    covers: tuple[str, ...]
    change: tuple[Manifest, ...]
    add: tuple[Manifest, ...]
    controllers: bool
    subject: str
    namespace: str
    finds: tuple[Manifest, ...]
    verdict: str
    listens: tuple[Manifest, ...] = ()
    only_unit: str = ""  # why a real API server cannot hold this case

    @property
    def id(self) -> str:
        return f"{self.file}: {self.name}"

    def objects(self) -> list[Manifest]:
        """The base with the case's changes, as plain manifests; slices as the controllers would have them."""
        found = [copy.deepcopy(item) for item in base()["objects"]]
        for change in self.change:
            found = _changed(found, change, self.id)
        found += [copy.deepcopy(item) for item in self.add]
        return _reconciled(found) if self.controllers else found

    def source(self) -> Recording:
        """A Source that holds this cluster, complete."""
        return Recording(manifests(self.objects(), self.id), base()["clock"])


@dataclass(frozen=True)
class Listening:
    """A Prober: every port of every Pod takes connections, but for what a case says of a port under `listens`."""

    listens: tuple[Manifest, ...] = ()

    def ask(self, questions: Iterable[Dial]) -> Mapping[Dial, Dialled | Unknown]:
        return {question: self._reply(question) for question in questions}

    def _reply(self, question: Dial) -> Dialled | Unknown:
        said = next((entry for entry in self.listens
                     if entry["port"] == question.port and fnmatch.fnmatchcase(question.pod, entry.get("pod", "*"))), {})
        answer = said.get("loopback" if question.way == "port-forward" else "address", True)
        return Dialled(answer, "" if answer else "connection refused", bool(said.get("tls")) and question.way == "pod-proxy")


@functools.cache
def base() -> Manifest:
    loaded = _plain(yaml.load((FOLDER / "base.yaml").read_text(), yaml.CSafeLoader))
    loaded["clock"] = datetime.fromisoformat(loaded["clock"])
    return loaded


def _plain(value: Any) -> Any:
    """YAML's timestamps as the strings that JSON has."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


@functools.cache
def cases() -> tuple[Case, ...]:
    """All cases of all files, in a stable order."""
    found = []
    for path in sorted(FOLDER.glob("*/*.yaml")):
        for entry in _plain(yaml.load(path.read_text(), yaml.CSafeLoader)):
            strange = set(entry) - KEYS
            assert not strange, f"{path.name}: unknown keys {strange}"
            found.append(Case(
                file=f"{path.parent.name}/{path.stem}", name=entry["name"], covers=tuple(entry["covers"]),
                change=tuple(entry.get("change", ())), add=tuple(entry.get("add", ())),
                controllers=entry.get("controllers", True), subject=entry.get("subject", "web"),
                namespace=entry.get("namespace", "shop"), finds=tuple(entry["finds"]),
                verdict=entry.get("verdict", "healthy" if not entry["finds"] else "broken"), listens=tuple(entry.get("listens", ())),
                only_unit=entry.get("only_unit", ""),
            ))
    return tuple(found)


def _changed(objects: list[Manifest], change: Manifest, case: str) -> list[Manifest]:
    hit = [item for item in objects if item["kind"] == change["kind"]
           and fnmatch.fnmatchcase(item["metadata"]["name"], change["name"])
           and item["metadata"].get("namespace") in (None, change.get("namespace", item["metadata"].get("namespace")))]
    assert hit, f"{case}: the change of {change['kind']} {change['name']} meets no object"
    if change["patch"] is None:
        return [item for item in objects if item not in hit]
    return [merged(item, change["patch"]) if item in hit else item for item in objects]


def _reconciled(objects: list[Manifest]) -> list[Manifest]:
    """The objects with the slices of Services that have a selector written anew; others stay."""
    typed = manifests(objects, "case")
    kept = [item for item in objects if not (
        item["kind"] == "EndpointSlice" and item["metadata"].get("labels", {}).get(MANAGED_BY) == SLICE_CONTROLLER
        and _selecting(typed, item))]
    for service in typed:
        if isinstance(service, Service) and service.selector:
            wanted: Query[Pod] = Query(Pod, service.namespace, labels=labels(service.selector))
            pods = SelectedPods(item for item in typed if isinstance(item, Pod) and wanted.admits(item))
            kept += [_named(to_manifest(part), place) for place, part in enumerate(expected_slices(service, pods))]
    return kept


def _selecting(typed: tuple[Any, ...], part: Manifest) -> bool:
    owner = part["metadata"]["labels"].get(SERVICE_NAME)
    return any(isinstance(item, Service) and item.name == owner and item.selector for item in typed)


def _named(part: Manifest, place: int) -> Manifest:
    part["metadata"]["name"] = f"{part['metadata']['labels'][SERVICE_NAME]}-{place}abcd"
    return part
