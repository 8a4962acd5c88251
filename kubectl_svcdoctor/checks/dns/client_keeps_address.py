"""A client calls an address of the headless Service that no Pod has any more.

Why it breaks:
A headless Service has no address of its own; clients connect to its Pods. A client that looks the name up once and keeps the answer (a JVM
with networkaddress.cache.ttl=-1, nginx with a name in proxy_pass, a pool that never resolves again) goes on calling the address of a Pod
that has been replaced.

How to fix:
Restart the client now. Then let it look the name up again: networkaddress.cache.ttl=30 for a JVM; resolver ... valid=30s and a variable in
proxy_pass for nginx; dns:/// and max_connection_age for gRPC. Or give it a Service with a ClusterIP.

Look yourself:
kubectl exec POD -- cat /proc/net/tcp (state 02 is a connection that nobody has answered)
kubectl get pods -A --field-selector status.podIP=ADDRESS

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.stale_client import Knocking, PodsAtAddress
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.pods.template import restarting
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("HLS122", "hl-client-caches-dns")
def client_keeps_address(service: Service, call: Knocking, holders: PodsAtAddress, client: VantagePod) -> Problem | None:
    if any(not pod.finished for pod in holders):
        return None
    pod = client[0]
    return Problem(
        object=pod, severity=Severity.WARNING, partial=True,
        summary=f"Pod {pod.name} calls {call.address}, an address that no Pod has, on port {call.port} of Service {service.name}",
        evidence=("that connection has no answer; a client that keeps the address of a Pod which was replaced does this",
                  f"the name gives {names(list(call.current))} now" if call.current else "the name gives no address now"),
        fix=restarting(pod, "restart the client, and let it look the name up again from time to time"),
    )
