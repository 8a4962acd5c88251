"""A port of the node that the Pod wants is taken.

Why it breaks:
A container with hostPort, or a Pod in the host's network, occupies a port of the node itself. Two such Pods
cannot be on one node; when no node is left with the port free, the Pod stays Pending.

How to fix:
Leave out hostPort or hostNetwork where clients use the Service, and none calls the nodes at that port; or ask for
no more such Pods than there are nodes. A rolling update needs room as well: with maxSurge 0 an old Pod goes first.

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
from kubectl_svcdoctor.graph.pods.affected import Affected
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import HostPortTaken
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@defect("POD117", "pod-hostnetwork-port-conflict")
def host_port_taken(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(HostPortTaken):
        spec = group.first.pod.spec
        wanted = sorted({port.host_port or (port.container_port if spec.host_network else 0)
                         for container in spec.serving_containers for port in container.ports} - {0})
        how = "hostNetwork" if spec.host_network else "hostPort"
        yield group.problem(
            field=("spec", "template", "spec"),
            summary=f"{how} {', '.join(map(str, wanted))} is free on no node for {group.count}",
            evidence=group.evidence(group.first.message), fix=_fix(group),
        )


def _fix(group: Affected[HostPortTaken]) -> Fix:
    field = "hostNetwork" if group.first.pod.spec.host_network else "hostPort"
    if group.severity is Severity.INFO:
        return Fix(f"let an old Pod of {group.owner} go before its successor comes (maxSurge: 0, maxUnavailable: 1), or leave out {field}",
                   (group.manifest,))
    removals = _removals(group)
    if removals and field == "hostPort":
        fix = group.patched("remove hostPort, unless clients call the nodes at it: through the Service they reach the Pods without it", removals)
        if fix:
            return fix
    return Fix(f"ask for no more Pods than nodes, or leave out {field} in {group.owner}", (group.manifest,))


def _removals(group: Affected[HostPortTaken]) -> list[dict[str, Any]]:
    if group.workload is None:
        return []
    found = (
        (f"/spec/template/spec/containers/{place}/ports/{index}/hostPort", port.host_port)
        for place, container in enumerate(group.workload.spec.template.spec.containers)
        for index, port in enumerate(container.ports) if port.host_port
    )
    return [step for path, number in found for step in ({"op": "test", "path": path, "value": number}, {"op": "remove", "path": path})]
