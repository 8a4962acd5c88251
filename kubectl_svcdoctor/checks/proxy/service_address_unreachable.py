"""From a client's Pod the Service's address takes no connection, while the Pods behind it do.

Why it breaks:
A ClusterIP is no machine's address: kube-proxy, or the network plugin in its place, writes rules on every node that forward it to the
Pods. When the Pods themselves are reached and the address is not, the rules of the client's node are missing or old: kube-proxy does not
run there, is cut off from the API server, or something else on the node drops the packets.

How to fix:
Look at kube-proxy on the client's node: whether its Pod runs, what its log says, and when it last wrote its rules
(port 10256, /healthz). Restart it. Where the network plugin stands in its place (Cilium, for one), look at its agent there.

Look yourself:
kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide
kubectl get --raw /api/v1/nodes/NODE:10256/proxy/healthz
kubectl exec POD -- nc -w 2 CLUSTERIP PORT

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Unreached
from kubectl_svcdoctor.graph.reach import Reach
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NET101", "service-address-unreachable")
def service_address_unreachable(service: Service, reach: Reach, silent: Unreached | None = None) -> Iterator[Problem]:
    for tried in reach:
        opened = [entry for entry in tried.pods if entry[2].open]
        if tried.service is None or tried.service.open or not opened:
            continue
        pod, number, _ = opened[0]
        node, client = tried.vantage.node, tried.vantage.pod
        yield Problem(
            object=service, port=tried.port.label, severity=Severity.ERROR, partial=True,
            summary=f"from Pod {client} on node {node} the Service's address {tried.address}:{tried.port.port} is not reached ({tried.service.words}), "
                    "and the Pods behind it are",
            evidence=(f"Pod {pod.name} takes connections from there at {pod.status.pod_ip}:{number}",
                      f"so the network lies open, and node {node} does not forward the address",
                      *((f"the cluster's DNS at {silent.address} does not answer there, either",) if silent else ())),
            fix=Fix(f"see whether kube-proxy, or what stands in its place, is well on node {node}", (
                f"kubectl -n kube-system get pods -l k8s-app=kube-proxy --field-selector spec.nodeName={node}",
                f"kubectl get --raw /api/v1/nodes/{node}:10256/proxy/healthz")), explains=("dns-address-silent",),
        )
