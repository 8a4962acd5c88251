"""A container is killed at its memory limit, again and again.

Why it breaks:
The kernel kills a process that wants more memory than its container's limit. Requests in flight are lost, the
container is started again, and until it is ready again the Pod takes no client.

How to fix:
Raise the container's memory limit, or let the application use less: many runtimes have to be told their limit
(heap size).

Look yourself:
kubectl get pod NAME -o jsonpath='{.status.containerStatuses[*].lastState.terminated}'
kubectl top pod NAME --containers

Reference:
https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.template import rolls
from kubectl_svcdoctor.graph.pods.trouble import OutOfMemory
from kubectl_svcdoctor.model.finding import Fix, Problem


@defect("POD106", "pod-oomkilled")
def container_out_of_memory(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(OutOfMemory):
        first = group.first
        limit = str(first.container.resources.limits.get("memory", ""))
        at = f" at its limit of {limit}" if limit else ""
        last = f", the last time at {first.end.finished_at:%Y-%m-%dT%H:%M:%SZ}" if first.end.finished_at else ""
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=f"container {first.container.name} runs out of memory{at} and is killed in {group.count}",
            evidence=group.evidence(f"restarted {first.status.restart_count} times{last}; reason OOMKilled, exit code {first.end.exit_code}"),
            fix=_fix(group, limit),
        )


def _fix(group: Affected[OutOfMemory], limit: str) -> Fix:
    name = group.first.container.name
    quantity = re.fullmatch(r"(\d+)([KMGT]i?|k|)", limit)
    if quantity is None or not rolls(group.owner) or all(entry.name != name for entry in group.first.pod.spec.containers):
        return Fix(f"raise the memory limit of container {name} in {group.owner}, or let it use less", (group.describe,))
    more = f"{int(quantity[1]) * 2}{quantity[2]}"
    return Fix(f"raise the memory limit of container {name} from {limit} to {more}",
               (group.kubectl("set", "resources", group.owner, "-c", name, f"--limits=memory={more}"),))
