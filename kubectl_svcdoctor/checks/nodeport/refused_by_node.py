"""A node refuses connections to a node port that other nodes forward.

Why it breaks:
kube-proxy, or what stands in its place, writes the rules for node ports on every node. Where it does not run or is behind, nobody takes the connection,
and the node's own system refuses it. A firewall on the node that rejects looks the same.

How to fix:
See whether kube-proxy works on that node: whether its Pod runs, what it says of its own health, what its log says. If it does, look for a rule of the
node's firewall for this port.

Look yourself:
nc -zv -w 2 NODE-ADDRESS NODE-PORT
kubectl get --raw /api/v1/nodes/NODE:10256/proxy/healthz

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.accusation import accused, look_at
from kubectl_svcdoctor.graph.nodeport.dead_locals import DeadLocals
from kubectl_svcdoctor.graph.nodeport.suspects import refusing
from kubectl_svcdoctor.graph.nodeport.views import Views
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD202", "nport-kube-proxy-node")
def refused_by_node(service: Service, views: Views, dead: DeadLocals | None = None) -> Iterator[Problem]:
    for view in views:
        for suspect in refusing(view):
            blamed = accused(suspect, dead)
            if not blamed:
                continue
            yield Problem(
                object=service, severity=Severity.WARNING, partial=True, node=blamed.node, port=blamed.port,
                summary=f"{blamed.does('refuses', 'refuse')} connections from {view.label}; {blamed.control}",
                evidence=blamed.evidence,
                fix=look_at(blamed, "see whether kube-proxy, or what stands in its place, works on {node}, and whether its firewall rejects"),
            )
            return
