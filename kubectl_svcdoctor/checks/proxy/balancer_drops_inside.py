"""A client inside of the cluster does not reach the load balancer's address, since its node has no endpoint and externalTrafficPolicy is Local.

Why it breaks:
A node does not send a Pod's connection to the load balancer: it knows the address and forwards it itself. With externalTrafficPolicy: Local kube-proxy
makes an exception for clients inside and uses all endpoints; other service proxies, and old ones, use those of the own node alone, and drop the connection
where there is none.

How to fix:
Let clients inside use the Service's name or its ClusterIP: that way is shorter, and does not depend on nodes.

Look yourself:
kubectl get service NAME -o wide
kubectl exec POD -- nc -zv -w 2 LOADBALANCERIP PORT

Reference:
https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.proxy.balancer import Dropped
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import Inside, at
from kubectl_svcdoctor.model.service import Service


@symptom("NET114", "kp-etp-local-incluster")
def balancer_drops_inside(service: Service, vantage: Inside, dropped: Dropped) -> Problem:
    dial, reply = dropped[0]
    name = f"{service.name}.{service.namespace}"
    return Problem(
        object=service, node=vantage.node, severity=Severity.WARNING, partial=True, field=("spec", "externalTrafficPolicy"),
        summary=f"Pod {vantage.pod} on node {vantage.node} does not reach the load balancer's address {at(dial.address, dial.port)} ({reply.words})",
        evidence=(f"externalTrafficPolicy is Local, and node {vantage.node} has no ready endpoint of Service {service.name}",
                  f"the Service's own address {at(service.spec.cluster_ip, dial.port)} accepts connections from there"),
        fix=Fix(f"let clients inside of the cluster use the Service's name {name} or its ClusterIP",
                (diagnosis(f"{name}:{dial.port}", namespace=vantage.namespace),)),
    )
