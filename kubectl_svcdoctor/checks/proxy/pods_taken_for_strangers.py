"""kube-proxy's clusterCIDR does not hold the addresses of Pods.

Why it breaks:
With detectLocalMode: ClusterCIDR kube-proxy tells by clusterCIDR which connections come from Pods. Of all others it replaces the source by the node's address.
If a Pod's address lies outside, its connections to Services arrive with the address of its node: NetworkPolicies that let the Pod in do not match, and answers
take another way back than they should.

How to fix:
Set clusterCIDR to the network from which Pods get their addresses, or detectLocalMode to NodeCIDR or BridgeInterface, in ConfigMap kube-proxy; then restart
kube-proxy's Pods.

Look yourself:
kubectl get configmap kube-proxy -n kube-system -o yaml
kubectl get nodes -o custom-columns=NAME:.metadata.name,PODS:.spec.podCIDRs

Reference:
https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.at_vantage import ShutAddress
from kubectl_svcdoctor.graph.proxy.settings import ProxySettings
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.proxy_config import ProxyConfig


@defect("NOD106", "kp-masquerade-all-missing")
def pods_taken_for_strangers(shut: ShutAddress, config: ProxyConfig, settings: ProxySettings, client: VantagePod) -> Problem | None:
    """Only beside an address that fails from such a Pod; the address itself is not known to fail for this reason."""
    if not client or not settings or client[0].spec.host_network:
        return None
    outside = [address for address in map(canonical, client[0].addresses) if config.strange(address)]
    if not outside:
        return None
    return Problem(
        object=settings[0], severity=Severity.WARNING, partial=True, field=("data", "config.conf"),
        summary=f"kube-proxy's clusterCIDR {names(list(config.networks))} does not hold {outside[0]}, the address of Pod {client[0].name}",
        evidence=("connections of this Pod to addresses of Services arrive with its node's address, which no NetworkPolicy takes for the Pod's",
                  "whether the address fails for that reason was not checked"),
        fix=Fix("correct clusterCIDR, or set detectLocalMode to NodeCIDR, and restart kube-proxy's Pods",
                (kubectl("get", settings[0], "-o", "yaml", namespace=settings[0].namespace),
                 kubectl("get", "nodes", "-o", "custom-columns=NAME:.metadata.name,PODS:.spec.podCIDRs"))),
    )
