"""An external address answers the machine where svcdoctor runs on one port of the Service, and not on another.

Why it breaks:
There is a way to the address, since one of its ports answers. What is sent to the other port is dropped: by a firewall before the load balancer or on the
nodes, or because the load balancer has no healthy backend for it.

How to fix:
Open the port in what stands before the load balancer, and see whether its health checks for that port succeed.

Look yourself:
kubectl describe service NAME
nc -zv -w 2 ADDRESS PORT

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
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


@symptom("NET105", "silent-from-here")
def silent_from_here(service: Service, doors: Doors, replies: LocalReplies, unlimited: Unlimited) -> Iterator[Problem]:
    """An address that answers on no port may be out of this machine's way: that is not checked, and no finding."""
    heard = told(doors, replies)
    for port in service.spec.ports:
        lost = [(door, reply) for door, reply in heard if door.port == port and reply.outcome in SILENT]
        well = [other for other, reply in heard if reply.outcome == "open" and other.dial.address in {door.dial.address for door, _ in lost}]
        shut = [(door, reply) for door, reply in lost if door.dial.address in {other.dial.address for other in well}]
        if shut:
            yield Problem(
                object=service, port=port.label, partial=True, severity=Severity.ERROR,
                summary=f"{names([door.at for door, _ in shut], 2)} give{'s' if len(shut) == 1 else ''} no answer to connections from this machine; "
                        f"{names([door.at for door in well], 1)} accepts them",
                evidence=tuple(f"{door.called} at {door.at}: {reply.words}" for door, reply in shut),
                fix=Fix("look at the firewalls before the load balancer, and at its health checks for this port",
                        (kubectl("describe", service, namespace=service.namespace),)),
            )
