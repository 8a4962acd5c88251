"""The hostname inside the Pod is another one than the Pod's name in DNS.

Why it breaks:
hostnameOverride, and hostNetwork, change the name that a process sees as its own, while the record in DNS stays <hostname>.<subdomain>. A
member that tells its peers its own hostname then tells them a name that cannot be looked up.

How to fix:
Let the program announce the DNS name, POD.SERVICE, instead of its hostname.

Look yourself:
kubectl exec POD -- hostname
kubectl get pod POD -o jsonpath='{.spec.hostnameOverride} {.spec.hostname} {.spec.subdomain}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@defect("HLS119", "sts-pod-hostname-override")
def hostname_override(governed: Governed, pods: SetPods) -> Problem | None:
    pod = next((pod for pod in sorted(pods, key=lambda pod: pod.name) if pod.spec.hostname_override or pod.spec.host_network), None)
    if pod is None or not governed.governing:
        return None
    seen = pod.spec.hostname_override or "that of its node"
    return Problem(
        object=pod, severity=Severity.INFO,
        summary=f"inside Pod {pod.name} its hostname is {seen}, and in DNS it is {pod.spec.hostname or pod.name}.{governed.governing}",
        fix=Fix("let the program announce its name in DNS", (kubectl("get", pod, "-o", "yaml", namespace=pod.namespace),)),
    )
