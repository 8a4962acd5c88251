"""Refuses case files that would not test what they seem to test, each with a sentence that says what to do."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.collect.decode import kinds
from kubectl_svcdoctor.model.hops import HOPS

FOLDER = Path(__file__).parent.parent / "cases"
OF_ALL = ("base.yaml", "catalogue.yaml")
# Kinds that no check reads: owners, and what printed commands name.
BESIDE = ("apps/v1 ReplicaSet", "batch/v1 Job", "v1 ResourceQuota", "v1 Secret")
VERDICTS = ("healthy", "degraded", "broken", "unknown")
Manifest = dict[str, Any]


def files(folder: Path = FOLDER) -> Iterator[Path]:
    """The files that hold cases, in a stable order. A file that stands where nobody reads it is refused."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_dir() or str(place) in OF_ALL:
            continue
        assert len(place.parts) == 2 and path.suffix == ".yaml", f"{place} is not read: cases stand in <hop>/<slug>.yaml"
        assert place.parts[0] in HOPS, f"{place}: {place.parts[0]!r} is no hop: move it into the folder of one of {', '.join(HOPS)}"
        yield path


@functools.cache
def catalogue() -> tuple[dict[str, list[str]], dict[str, str]]:
    """The root causes by hop, and the reasons of those that no case can show."""
    document = yaml.safe_load((FOLDER / "catalogue.yaml").read_text())
    return document["causes"], document["without_case"]


def causes() -> frozenset[str]:
    """What a case may say that it covers: a root cause of the catalogue, or the slug of a check that stands for one of its own."""
    return frozenset(slug for slugs in catalogue()[0].values() for slug in slugs) | slugs()


def slugs() -> frozenset[str]:
    return frozenset(check.slug for check in all_checks())


def checked(file: str, entries: list[Manifest], keys: Iterable[str]) -> list[Manifest]:
    """The entries of one file, if each of them tests what it says; AssertionError with what to change otherwise."""
    names: set[str] = set()
    for entry in entries:
        where = f"{file}: {entry.get('name', entry)}"
        _only(where, "key", entry, keys)
        for key in ("name", "covers", "finds"):
            assert key in entry, f"{where}: add {key}, which every case has"
        assert entry["name"] not in names, f"{where}: a case of this name stands in the file already: give the second one another name"
        names.add(entry["name"])
        _only(f"{where}: covers", "root cause", entry["covers"], causes())
        _only(f"{where}: finds", "check's slug", (wanted.get("slug", "?") for wanted in entry["finds"]), slugs())
        _only(where, "verdict", (entry[key] for key in ("verdict",) if key in entry), VERDICTS)
        for change in entry.get("change", ()):
            _only(f"{where}: change", "key", change, ("kind", "name", "namespace", "patch"))
            assert {"kind", "name", "patch"} <= set(change), f"{where}: a change needs kind, name and patch: {change}"
        known = {*(" ".join(key) for key in kinds()), *BESIDE}
        added = (item for item in entry.get("add", ()) if not _custom(item))
        _only(f"{where}: add", "kind that is read", (f"{item.get('apiVersion')} {item.get('kind')}" for item in added), known)
    return entries


def _custom(item: Manifest) -> bool:
    """Whether some operator brings this kind."""
    group = str(item.get("apiVersion", "")).rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def _only(where: str, what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse whatever is not among the known, with the one that was probably meant."""
    everything = sorted(known)
    for name in given:
        near = difflib.get_close_matches(str(name), everything, 1)
        advice = f"did you mean {near[0]}?" if near else f"use one of {', '.join(everything)}"
        assert name in everything, f"{where}: {name!r} is no {what}: {advice}"
