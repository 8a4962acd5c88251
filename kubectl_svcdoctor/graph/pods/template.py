"""Fixes that change a Pod by what made it: nothing of a Pod's own spec that matters here can be changed in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.finding import Fix, Patch, patch_command
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.workload import Pod

Change = Mapping[str, Any] | Sequence[Mapping[str, Any]]
# Kinds whose template can be patched and whose Pods `kubectl rollout restart` replaces one after another.
_ROLLING = ("Deployment", "StatefulSet", "DaemonSet")
_REPLACING = (*_ROLLING, "ReplicaSet")


def maker(pod: Pod) -> ObjectRef | None:
    """What holds the Pod's template: its controller, or the Deployment behind a ReplicaSet; None for a Pod that nothing made.

    The ReplicaSet of a Deployment is called as the Deployment, with the value of pod-template-hash behind (pkg/controller/deployment/sync.go).
    """
    owner = pod.metadata.controller
    if owner is None:
        return None
    name, _, end = owner.name.rpartition("-")
    if owner.kind == "ReplicaSet" and name and pod.labels.get("pod-template-hash") == end:
        return ObjectRef("apps/v1", "Deployment", pod.namespace, name)
    return ObjectRef(owner.api_version or "apps/v1", owner.kind, pod.namespace, owner.name)


def replaced(pod: Pod) -> bool:
    """Whether the Pod's controller creates another one as soon as this one is deleted."""
    owner = pod.metadata.controller
    return owner is not None and owner.kind in _REPLACING and owner.api_version.partition("/")[0] in ("", "apps")


def in_template(pod: Pod, summary: str, change: Change) -> Fix:
    """Change the Pod's spec where it comes from: in the template of a Deployment, StatefulSet or DaemonSet by a patch, for all else in words.

    `change` is a merge patch of a Pod's spec, or a JSON patch whose paths start there.
    """
    made_by = maker(pod)
    if made_by is not None and rolls(made_by):
        merge = isinstance(change, Mapping)
        body = {"spec": {"template": {"spec": change}}} if isinstance(change, Mapping) else [
            {**step, "path": f"/spec/template/spec{step['path']}"} for step in change]
        return Fix(summary, (patch_command(Patch(made_by, "merge" if merge else "json", body)),))
    shown = ", ".join(f"{key}: {json.dumps(value)}" for key, value in change.items()) if isinstance(change, Mapping) else ""
    return Fix(f"{summary} ({shown + ' ' if shown else ''}{origin(pod)})", (look(pod, made_by),))


def with_option(pod: Pod, name: str, value: str | None = None) -> dict[str, Any]:
    """The change of a Pod's spec that gives its resolv.conf an option, beside those that its dnsConfig has already."""
    kept = [option for option in (pod.spec.dns_config.options if pod.spec.dns_config else ()) if option.name != name]
    options = [{"name": option.name} | ({} if option.value is None else {"value": option.value}) for option in kept]
    return {"dnsConfig": {"options": [*options, {"name": name} | ({} if value is None else {"value": value})]}}


def removing(path: str, value: object) -> list[dict[str, object]]:
    """A JSON patch that removes one entry of a list, and is refused where something else stands there."""
    return [{"op": "test", "path": path, "value": value}, {"op": "remove", "path": path}]


def restarting(pod: Pod, summary: str) -> Fix:
    """Replace the Pods of what made this one, one after another, so that clients stay served."""
    made_by = maker(pod)
    if made_by is not None and rolls(made_by):
        return Fix(summary, (rollout_restart(made_by),))
    return Fix(f"{summary} (recreate it {origin(pod)})", (look(pod, made_by),))


def rollout_restart(workload: ObjectRef) -> Command:
    return kubectl("rollout", "restart", workload, namespace=workload.namespace)


def restarts(pods: Sequence[Pod]) -> tuple[Command, ...]:
    """What restarts all of these Pods, by whatever made them; a look at the Pods of which nothing is known that would recreate them."""
    found: dict[object, Command] = {}
    for pod in pods:
        made_by = maker(pod)
        if made_by is not None and rolls(made_by):
            found.setdefault(made_by, rollout_restart(made_by))
        else:
            found.setdefault(pod.name, look(pod, made_by))
    return tuple(found.values())


def look(pod: Pod, made_by: ObjectRef | None = None) -> Command:
    """A look at what made the Pod, or at the Pod itself where nothing did, or its node's own file."""
    if made_by is None or made_by.kind == "Node":
        return kubectl("get", pod, "-o", "yaml", namespace=pod.namespace)
    return kubectl("get", made_by, "-o", "yaml", namespace=pod.namespace)


def rolls(made_by: ObjectRef) -> bool:
    """Whether it is a workload of Kubernetes that replaces its Pods when its template changes."""
    return made_by.kind in _ROLLING and made_by.api_version == "apps/v1"


def origin(pod: Pod) -> str:
    """Where the Pod's spec is changed, as the end of a sentence."""
    made_by = maker(pod)
    if made_by is None:
        return "in its manifest; nothing recreates a Pod that was created by hand"
    if made_by.kind == "Node":
        return f"in the manifest of this static Pod on node {pod.spec.node_name}"
    return f"in {made_by.kind} {made_by.name}, which created it"
