"""A ConfigMap, Secret or volume that the Pod needs does not exist.

Why it breaks:
The kubelet does not start a container whose environment or volumes name something that is not there. It tries
again for ever, and the Pod never becomes ready.

How to fix:
Create what the message names, in the Pods' own namespace, or correct the name or key in the owner's template.

Look yourself:
kubectl describe pod NAME
kubectl get configmaps,secrets,persistentvolumeclaims

Reference:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, line
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import ConfigMissing
from kubectl_svcdoctor.model.finding import Fix, Problem

ABSENT = re.compile(r'(configmap|secret|persistentvolumeclaim) (?:references non-existent|"([^"]+)" not found)', re.IGNORECASE)
KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+/(\S+)")


@defect("POD109", "pod-config-missing")
def config_missing(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(ConfigMissing):
        first = group.first
        who = f"container {first.container} cannot be created" if first.container else "a volume cannot be mounted"
        yield group.problem(
            field=("spec", "template", "spec"),
            summary=f"{who} in {group.count}: {_reason(first.message)}",
            evidence=group.evidence(first.message if _reason(first.message) != first.message else ""),
            fix=_fix(group),
        )


def _reason(message: str) -> str:
    absent, key = ABSENT.search(message), KEY.search(message)
    if absent and absent[2]:
        return f"{absent[1].lower()} {absent[2]} does not exist"
    if key:
        return f"{key[2]} {key[3]} has no key {key[1]}"
    return line(message).rstrip(".") or "the kubelet does not say what is missing"


def _fix(group: Affected[ConfigMissing]) -> Fix:
    message = group.first.message
    absent, key = ABSENT.search(message), KEY.search(message)
    if key:
        kind, name = key[2].lower(), key[3]
        return Fix(f"add key {key[1]} to {kind} {name}, or correct the key in {group.owner}", (group.kubectl("describe", f"{kind}/{name}"),))
    if absent and absent[2]:
        kind = absent[1].lower()
        return Fix(f"create {kind} {absent[2]} in namespace {group.owner.namespace}, or correct its name in {group.owner}",
                   (group.kubectl("get", f"{kind}s"),))
    return Fix(f"create what the kubelet misses, or correct {group.owner}", (group.describe,))
