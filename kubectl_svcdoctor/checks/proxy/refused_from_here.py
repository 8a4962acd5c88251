"""Connections from the machine where svcdoctor runs to an external address or node port are refused.

Why it breaks:
Whoever refuses is reached: there is a way to the address. A node refuses where its proxy knows no endpoint for the Service, where no proxy handles the
port, or where a firewall rejects; a load balancer refuses, or accepts and cuts off, where it has no healthy backend.

How to fix:
Look first at what else was found: without endpoints every node refuses. If single nodes refuse, look at the proxy and the firewall of these; if the load
balancer does, look at its health checks and at the nodes that it sends to.

Look yourself:
kubectl describe service NAME
nc -zv -w 2 ADDRESS PORT

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.local import SILENT, Door, Doors, LocalReplies, told
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.vantage import pods_on
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NET104", "refused-from-here")
def refused_from_here(service: Service, doors: Doors, replies: LocalReplies) -> Iterator[Problem]:
    """Partial, since clients inside of the cluster call another address. Silence accuses nobody: nodes without an endpoint drop by design under
    externalTrafficPolicy: Local, and firewalls do."""
    for port in service.spec.ports:
        heard = [(door, reply) for door, reply in told(doors, replies) if door.port == port and reply.outcome not in SILENT]
        shut = [(door, reply) for door, reply in heard if reply.outcome in ("refused", "reset")]
        opened = [door.at for door, reply in heard if reply.outcome == "open"]
        if not shut:
            continue
        verb = "cut" if all(reply.outcome == "reset" for _, reply in shut) else "refuse"
        does = f"{verb}{'s' if len(shut) == 1 else ''}{' off' if verb == 'cut' else ''}"
        yield Problem(
            object=service, port=port.label, partial=True, severity=Severity.WARNING if opened else Severity.ERROR,
            summary=f"{names([door.at for door, _ in shut], 2)} {does} connections from this machine"
                    + (f"; {names(opened, 1)} accept{'s' if len(opened) == 1 else ''} them" if opened else ""),
            evidence=tuple(f"{door.called} at {door.at}: {reply.words}" for door, reply in shut), fix=_fix(service, shut[0][0]),
        )


def _fix(service: Service, door: Door) -> Fix:
    if door.node:
        return Fix(f"look at the proxy and the firewall of node {door.node}", (pods_on(door.node),))
    return Fix("look at the load balancer's health checks, and at the nodes that it sends to", (kubectl("describe", service, namespace=service.namespace),))
