"""Fixes that change a Pod by what made it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from kubectl_svcdoctor.model.finding import Fix
from kubectl_svcdoctor.model.meta import OwnerReference
from kubectl_svcdoctor.model.workload import Pod


def in_template(pod: Pod, summary: str, change: Mapping[str, Any]) -> Fix:
    """Change the Pod's spec: in the template of its owner where that can be named, else in its manifest, for a Pod's spec is fixed."""
    owner = pod.metadata.controller
    body = shlex.quote(json.dumps({"spec": {"template": {"spec": change}}}, separators=(",", ":")))
    shown = ", ".join(f"{key}: {json.dumps(value)}" for key, value in change.items())
    if owner is None:
        return Fix(f"{summary} ({shown} in its manifest, and make it anew)", (f"kubectl -n {pod.namespace} get pod {pod.name} -o yaml",))
    return Fix(summary, (f"kubectl -n {pod.namespace} patch {_target(pod, owner)} --type=merge -p {body}",))


def with_option(pod: Pod, name: str, value: str | None = None) -> dict[str, Any]:
    """The change of a Pod's spec that gives its resolv.conf an option, beside those that its dnsConfig has already."""
    kept = [option for option in (pod.spec.dns_config.options if pod.spec.dns_config else ()) if option.name != name]
    options = [{"name": option.name} | ({} if option.value is None else {"value": option.value}) for option in kept]
    return {"dnsConfig": {"options": [*options, {"name": name} | ({} if value is None else {"value": value})]}}


def restarting(pod: Pod, summary: str) -> Fix:
    """Make the Pod anew: by what made it, or by hand."""
    owner = pod.metadata.controller
    if owner is None:
        return Fix(f"{summary}: make it anew from its manifest", (f"kubectl -n {pod.namespace} get pod {pod.name} -o yaml",))
    if owner.kind in ("ReplicaSet", "StatefulSet", "DaemonSet"):
        return Fix(summary, (f"kubectl -n {pod.namespace} delete pod {pod.name}",))
    return Fix(summary, (f"kubectl -n {pod.namespace} get {_target(pod, owner)}",))


def _target(pod: Pod, owner: OwnerReference) -> str:
    """What holds the Pod's template, as kubectl names it: the Deployment behind a ReplicaSet."""
    if owner.kind == "ReplicaSet" and "-" in owner.name and pod.labels.get("pod-template-hash") == owner.name.rpartition("-")[2]:
        return f"deployment {owner.name.rpartition('-')[0]}"
    return f"{owner.kind.lower()} {owner.name}"
