"""kube-proxy runs in its mode ipvs, which Kubernetes gives up.

Why it breaks:
It works, and differs: endpoints are chosen by IPVS's scheduler, an address without endpoints or with a port that no Service has is answered by the node itself,
strictARP has to be set for MetalLB, and old rules of another mode stay until they are cleaned up. Since Kubernetes 1.35 the mode is deprecated, and
kube-proxy says so in an Event of its node.

How to fix:
Set mode: nftables in ConfigMap kube-proxy, and reboot the nodes or run kube-proxy --cleanup on them, so that none of IPVS's rules stays.

Look yourself:
kubectl get configmap kube-proxy -n kube-system -o yaml
kubectl get events -A --field-selector reason=IPVSDeprecation

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-ipvs
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.proxy.at_vantage import ShutAddress
from kubectl_svcdoctor.graph.proxy.settings import ProxySettings
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.proxy_config import ProxyConfig


@defect("NOD105", "kp-ipvs-deprecated")
def ipvs_deprecated(shut: ShutAddress, config: ProxyConfig, settings: ProxySettings) -> Problem | None:
    """A remark, and only beside an address that fails: where it works, nobody asked."""
    if config.mode != "ipvs" or not settings:
        return None
    return Problem(
        object=settings[0], severity=Severity.INFO, partial=True, field=("data", "config.conf"),
        summary="kube-proxy runs in mode ipvs, which is deprecated since Kubernetes 1.35",
        evidence=("whether that has to do with the address that fails was not checked",),
        fix=Fix("set mode: nftables there, and reboot the nodes or run kube-proxy --cleanup on them, so that no old rules stay",
                (kubectl("get", settings[0], "-o", "yaml", namespace=settings[0].namespace),)),
    )
