"""Connections from the machine where svcdoctor runs to an external address are refused.

Why it breaks:
Whoever refuses is reached: there is a way to the address. A load balancer refuses, or accepts and cuts off, where it has no healthy backend. An external IP
is refused by the machine that has it, where no proxy forwards it.

How to fix:
Look first at what else was found: without endpoints nobody is served. Then look at the load balancer's health checks and at the nodes that it sends to.

Look yourself:
kubectl describe service NAME
nc -zv -w 2 ADDRESS PORT

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.local import Doors, LocalReplies, told
from kubectl_svcdoctor.graph.netpol.backends import Unlimited
from kubectl_svcdoctor.graph.nodeport.views import SILENT
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NET104", "refused-from-here")
def refused_from_here(service: Service, doors: Doors, replies: LocalReplies, unlimited: Unlimited) -> Iterator[Problem]:
    """Partial, since clients inside of the cluster call another address. Silence accuses nobody: firewalls drop by design. Nor does a refusal where a
    NetworkPolicy may refuse: that is not checked."""
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
            evidence=tuple(f"{door.called} at {door.at}: {reply.words}" for door, reply in shut), fix=_fix(service),
        )


def _fix(service: Service) -> Fix:
    return Fix("look at the load balancer's health checks, and at the nodes that it sends to", (kubectl("describe", service, namespace=service.namespace),))
