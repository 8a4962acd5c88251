"""Nodes that have no endpoint of their own do not pass on what comes to their node ports.

Why it breaks:
Under externalTrafficPolicy: Cluster every node forwards to endpoints of all nodes. Those that have an endpoint answer, those without are silent: the
packets are lost on the way between the nodes, or their answers are. The network plugin's tunnel or routes, a cloud's source and destination check, a reverse
path filter and a FORWARD chain that drops are the usual reasons.

How to fix:
Try the Pods from a node that is silent: if they are not reached from there either, repair the network between the nodes. If they are, look at
masquerading (kube-proxy's clusterCIDR) and at reverse path filters.

Look yourself:
kubectl get pods -n NAMESPACE -o wide
nc -zv -w 2 POD-ADDRESS PORT

Reference:
https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.accusation import accused, beyond, by_server, passed_on
from kubectl_svcdoctor.graph.nodeport.suspects import silent
from kubectl_svcdoctor.graph.nodeport.views import NodePortsByServer, PodView, Views
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD205", "nport-cross-node-forward")
def not_passed_on(
    service: Service, slices: ServiceSlices, views: Views, pod: PodView | None = None, server: NodePortsByServer | None = None,
) -> Iterator[Problem]:
    for view in views:
        for suspect in silent(view):
            blamed = accused(suspect, None)
            served = passed_on(suspect, service, slices)
            if not blamed or not served or beyond(suspect, pod, server):
                continue
            silent_ones = [node.name for node in suspect.nodes]
            yield Problem(
                object=service, severity=Severity.WARNING, partial=True, port=suspect.port,
                summary=f"nodes {names(silent_ones)}, which have no endpoint, give no answer to {view.label} on their node ports; "
                        f"{names(served)}, which ha{'s' if len(served) == 1 else 've'} one, do{'es' if len(served) == 1 else ''}",
                evidence=(*suspect.evidence, *by_server(suspect, server)),
                fix=Fix(f"repair the way from {names(silent_ones)} to the Pods of other nodes; this tells whether they are reached from there at all",
                        (diagnosis(service, "--from", f"node/{silent_ones[0]}", namespace=service.namespace),)),
            )
            return
