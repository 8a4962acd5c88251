"""Fixes that change a Pod by what made it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from kubectl_svcdoctor.model.finding import Fix
from kubectl_svcdoctor.model.workload import Pod


def in_template(pod: Pod, summary: str, change: Mapping[str, Any]) -> Fix:
    """Change the Pod's spec: in the template of its owner where that can be named, else in its manifest, for a Pod's spec is fixed."""
    owner = pod.metadata.controller
    body = shlex.quote(json.dumps({"spec": {"template": {"spec": change}}}, separators=(",", ":")))
    shown = ", ".join(f"{key}: {json.dumps(value)}" for key, value in change.items())
    if owner is None:
        return Fix(f"{summary} ({shown} in its manifest, and make it anew)", (f"kubectl -n {pod.namespace} get pod {pod.name} -o yaml",))
    if owner.kind == "ReplicaSet" and "-" in owner.name and pod.labels.get("pod-template-hash") == owner.name.rpartition("-")[2]:
        target = f"deployment {owner.name.rpartition('-')[0]}"
    else:
        target = f"{owner.kind.lower()} {owner.name}"
    return Fix(summary, (f"kubectl -n {pod.namespace} patch {target} --type=merge -p {body}",))
