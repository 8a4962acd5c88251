"""What a real API server keeps of every object, added to manifests that do not say it: a uid of its own, and who has written it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

Manifest = dict[str, Any]
# As old as an object is that tests/support/apiserver.py has just written, for whose clock the cases' is ahead.
AGE = timedelta(hours=1)
_UIDS = uuid.UUID("5c1d0000-0000-4000-8000-000000000000")
_NOT_CONFIGURED = ("apiVersion", "kind", "metadata", "status")


def kept(objects: Iterable[Manifest], now: datetime) -> list[Manifest]:
    """The objects with the fields that a server sets, where they lack them; the text of a log is no object."""
    return [item if item["kind"] == "PodLog" else {**item, "metadata": {**_of_the_server(item, place, now), **item["metadata"]}}
            for place, item in enumerate(objects)]


def _of_the_server(item: Manifest, place: int, now: datetime) -> Manifest:
    metadata = item["metadata"]
    created = metadata.get("creationTimestamp") or _stamp(now - AGE)
    fields = {key: _fields(value) for key, value in item.items() if key not in _NOT_CONFIGURED}
    if metadata.get("labels"):
        fields["metadata"] = _fields({"labels": metadata["labels"]})
    return {
        "uid": str(uuid.uuid5(_UIDS, "/".join((item["kind"], metadata.get("namespace", ""), metadata["name"])))), "creationTimestamp": created,
        "resourceVersion": str(1000 + place), "generation": 1,
        "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": item["apiVersion"], "time": created,
                           "fieldsType": "FieldsV1", "fieldsV1": {f"f:{key}": value for key, value in fields.items()}}],
    }


def _fields(value: Any) -> Manifest:
    """The fields of a mapping as managedFields has them; lists are told as a whole."""
    return {f"f:{key}": _fields(entry) for key, entry in value.items()} if isinstance(value, dict) else {}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ownerless(objects: Iterable[Manifest]) -> Iterator[str]:
    """Owners that objects name and that are not there, or are another object of that name."""
    everything = list(objects)
    present = {_place(item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item["metadata"]["uid"]
               for item in everything if item["kind"] != "PodLog"}
    for item in everything:
        metadata = item["metadata"]
        for owner in metadata.get("ownerReferences", ()):
            uid = present.get(_place(owner["kind"], metadata.get("namespace", ""), owner["name"]))
            if uid is None:
                yield f"{item['kind']} {metadata['name']} is owned by {owner['kind']} {owner['name']}, which is not there"
            elif uid != owner.get("uid"):
                yield f"{item['kind']} {metadata['name']} is owned by {owner['kind']} {owner['name']} of uid {owner.get('uid')}, and the one there has {uid}"


def _place(kind: str, namespace: str, name: str) -> tuple[str, str, str]:
    return kind, "" if kind == "Node" else namespace, name
