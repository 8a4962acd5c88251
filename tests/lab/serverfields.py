"""What of a manifest only the server may set, and in which order manifests that mention each other can be written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

HOLD = "svcdoctor.lab/hold"
"""The finalizer that keeps a deleted object in sight where nothing else does."""
_SET_BY_SERVER = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")
_SET_BY_DELETION = ("deletionTimestamp", "deletionGracePeriodSeconds")
_DEFAULT_GRACE = 30
_STRING = re.compile(r'"([^"\\]*)"')

Manifest = dict[str, Any]


def wanted(manifest: Manifest, *, status_apart: bool) -> Manifest:
    """Return what to create: without the server's fields, and without the status where that is written apart."""
    metadata = {
        key: value for key, value in manifest["metadata"].items() if key not in _SET_BY_SERVER + _SET_BY_DELETION
    }
    if is_deleted(manifest) and not metadata.get("finalizers") and not _waits_for_kubelet(manifest):
        metadata["finalizers"] = [HOLD]
    rest = {key: value for key, value in manifest.items() if key != "status" or not status_apart}
    return {**rest, "metadata": metadata}


def is_deleted(manifest: Manifest) -> bool:
    """Return whether the object is to be seen while it is deleted."""
    return bool(manifest["metadata"].get("deletionTimestamp"))


def grace_seconds(manifest: Manifest) -> int:
    """Return the grace period of the deletion that the manifest shows."""
    given = manifest["metadata"].get("deletionGracePeriodSeconds")
    if given is not None:
        return int(given)
    return int(manifest.get("spec", {}).get("terminationGracePeriodSeconds", _DEFAULT_GRACE))


def renamed(value: Any, uids: Mapping[str, str]) -> Any:
    """Return a copy of JSON data in which each string that is a key of `uids` is its value instead."""
    if isinstance(value, dict):
        return {key: renamed(entry, uids) for key, entry in value.items()}
    if isinstance(value, list):
        return [renamed(entry, uids) for entry in value]
    return uids.get(value, value) if isinstance(value, str) else value


def waves(manifests: Sequence[Manifest], rank: Callable[[Manifest], int]) -> list[list[int]]:
    """Return the positions of the manifests in waves: by rank, and after all those whose uid they mention."""
    owners = {uid: at for at, item in enumerate(manifests) if (uid := item["metadata"].get("uid"))}
    mentions = [
        {owners[text] for text in _STRING.findall(json.dumps(item)) if text in owners} - {at}
        for at, item in enumerate(manifests)
    ]
    ranks = [rank(item) for item in manifests]
    for _ in manifests:  # as often as the longest chain; a circle of mentions ends here too
        raised = [max([own, *(ranks[owner] + 1 for owner in mentions[at])]) for at, own in enumerate(ranks)]
        if raised == ranks:
            break
        ranks = raised
    return [[at for at, own in enumerate(ranks) if own == wave] for wave in sorted(set(ranks))]


def called(manifest: Manifest) -> str:
    """Return how a person names the object: `Pod shop/web-1`."""
    metadata = manifest["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{manifest['kind']} {place}{metadata.get('name') or metadata.get('generateName', '')}"


def _waits_for_kubelet(manifest: Manifest) -> bool:
    """Whether a deletion lets the Pod stay until its kubelet is done (pkg/registry/core/pod, CheckGracefulDelete)."""
    spec, phase = manifest.get("spec", {}), manifest.get("status", {}).get("phase")
    running = bool(spec.get("nodeName")) and phase not in ("Succeeded", "Failed")
    return manifest["kind"] == "Pod" and running and grace_seconds(manifest) > 0
