"""A node answers at its internal address and not at its external one.

Why it breaks:
An ExternalIP of a node is what the cloud's controller was told. Often it stands on no interface of the node: the provider translates it, for the ports that
its firewall admits; or it was released, and belongs to somebody else now.

How to fix:
Open the node port in the provider's firewall, or call the internal address from within the network. For clients of the internet a Service of type
LoadBalancer is the usual way.

Look yourself:
kubectl get nodes -o wide
nc -zv -w 2 NODE-ADDRESS NODE-PORT

Reference:
https://kubernetes.io/docs/reference/node/node-status/#addresses
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.suspects import places, tally
from kubectl_svcdoctor.graph.nodeport.views import TellingView
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD209", "nport-externalip-nat")
def external_ip_silent(service: Service, view: TellingView) -> Problem | None:
    """A remark: whether clients use the external address is not known."""
    inside = {(attempt.door.node.name, attempt.door.port): attempt for attempt in view.attempts if attempt.door.internal and attempt.forwards}
    shut = [attempt for attempt in view.attempts
            if not attempt.door.internal and not attempt.forwards and attempt.door.serves and (attempt.door.node.name, attempt.door.port) in inside]
    if not shut:
        return None
    pairs = [inside[attempt.door.node.name, attempt.door.port] for attempt in shut]
    nodes = list(dict.fromkeys(attempt.door.node.name for attempt in shut))
    return Problem(
        object=service, severity=Severity.INFO, partial=True,
        summary=f"{places(pairs, 1)} accepts connections from this machine, and {places(shut, 1)}, the external address of the same node, does not"
                + (f"; {names(nodes)} are alike" if len(nodes) > 1 else ""),
        evidence=tuple(map(tally, shut[:3])),
        fix=Fix("open the node port in the provider's firewall for the external addresses, or call the internal ones",
                (kubectl("get", "nodes", "-o", "wide"),)),
    )
