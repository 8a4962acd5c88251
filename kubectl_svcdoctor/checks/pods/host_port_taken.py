"""A port of the node that the Pod wants is taken.

Why it breaks:
A container with hostPort, or a Pod in the host's network, occupies a port of the node itself. Two such Pods
cannot be on one node; when no node is left with the port free, the Pod stays Pending.

How to fix:
Leave out hostPort or hostNetwork and let clients use the Service; or ask for no more such Pods than there are
nodes.

Look yourself:
kubectl describe pod NAME
kubectl get pods -A -o wide

Reference:
https://kubernetes.io/docs/concepts/configuration/overview/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import Affected, clip
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.trouble import HostPortTaken
from kubectl_svcdoctor.model.finding import Fix, Problem


@defect("POD117", "pod-hostnetwork-port-conflict")
def host_port_taken(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(HostPortTaken):
        spec = group.first.pod.spec
        wanted = sorted({port.host_port or (port.container_port if spec.host_network else 0)
                         for container in spec.serving_containers for port in container.ports} - {0})
        how = "hostNetwork" if spec.host_network else "hostPort"
        yield Problem(
            object=group.owner, severity=group.severity, partial=group.partial, field=("spec", "template", "spec"),
            summary=f"{how} {', '.join(map(str, wanted))} is free on no node for {group.count}",
            evidence=group.evidence(clip(group.first.message)), fix=_fix(group),
        )


def _fix(group: Affected[HostPortTaken]) -> Fix:
    spec = group.first.pod.spec
    removals = _removals(group)
    if removals and not spec.host_network:
        fix = group.mended("leave out hostPort: clients reach the Pods through the Service", removals)
        if fix:
            return fix
    return Fix(f"ask for no more Pods than nodes, or leave out {'hostNetwork' if spec.host_network else 'hostPort'} in {group.owner}",
               (group.kubectl(f"edit {group.owner}"),))


def _removals(group: Affected[HostPortTaken]) -> list[dict[str, Any]]:
    if group.workload is None:
        return []
    return [
        {"op": "remove", "path": f"/spec/template/spec/containers/{place}/ports/{index}/hostPort"}
        for place, container in enumerate(group.workload.spec.template.spec.containers)
        for index, port in enumerate(container.ports) if port.host_port
    ]
