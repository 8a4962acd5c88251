"""kube-proxy serves node ports at other addresses of the nodes than the one that is called.

Why it breaks:
nodePortAddresses in kube-proxy's configuration names the networks of the nodes' addresses at which node ports are open. At any other address of the node nobody
takes the connection.

How to fix:
Call an address within these networks, or add the address's network to nodePortAddresses and restart kube-proxy.

Look yourself:
kubectl get configmap kube-proxy -n kube-system -o yaml
kubectl get nodes -o wide

Reference:
https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.nodeport.suspects import places, tally
from kubectl_svcdoctor.graph.nodeport.views import LocalView
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.settings import ProxySettings
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.proxy_config import ProxyConfig
from kubectl_svcdoctor.model.service import Service


@defect("NOD214", "nport-wrong-node-address")
def address_not_served(service: Service, view: LocalView, config: ProxyConfig, settings: ProxySettings) -> Problem | None:
    """An error where none of the addresses that were tried is served; else a remark, since clients may call the others."""
    shut = [attempt for attempt in view.attempts if attempt.door.serves and not attempt.forwards and not config.serves(attempt.door.address)]
    if not shut:
        return None
    served = [attempt for attempt in view.attempts if config.serves(attempt.door.address)]
    return Problem(
        object=service, severity=Severity.INFO if served else Severity.ERROR, partial=True,
        summary=f"kube-proxy does not serve node ports at {places(shut)}: nodePortAddresses names {names(config.node_ports)} alone",
        evidence=tuple(map(tally, shut[:2])),
        fix=Fix(f"call {places(served, 1)}" if served else
                "call an address of a node within these networks, or add the network to nodePortAddresses and restart kube-proxy",
                (kubectl("get", settings[0], "-o", "yaml", namespace=settings[0].namespace),)),
        explains=("nport-kube-proxy-node", "node-port-silent", "node-port-refused-by-all", "nport-externalip-nat"),
    )
