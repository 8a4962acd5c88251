"""A label keeps kube-proxy off the Service, and the proxy that it names is not there or does not serve it.

Why it breaks:
kube-proxy skips every Service with the label service.kubernetes.io/service-proxy-name, whatever its value.
Unless the proxy that the label names runs on the nodes, nothing answers on the ClusterIP.

How to fix:
Remove the label, or install the proxy that it names.

Look yourself:
kubectl get service NAME -o jsonpath='{.metadata.labels}'
kubectl get daemonsets -A

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME, ProxyDaemonSets
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.proxy.vantage import NoVantage
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service


@defect("EPS121", "eps-proxy-name-label")
def proxy_name_label(service: Service, daemons: ProxyDaemonSets, reach: Reach | None = None, untried: NoVantage | None = None) -> Problem | None:
    """A proxy may run otherwise than as a DaemonSet, so without a client to ask from it is a warning, and not known that nobody is served; a client that
    reaches the address settles it. As everywhere: an error is what clients were seen to lose, or lose for certain.

    Where the proxy is there, one client shows that it does not serve this Service on one node.
    """
    name = service.labels.get(PROXY_NAME, "")
    tried = [entry for entry in reach or () if entry.service is not None]
    dead = [entry for entry in tried if not entry.tries[0] and any(reply.open for _, _, reply in entry.pods)]
    proxy = daemons.of(name)
    if not dead and (proxy is not None or not untried):
        return None
    seen = [f"from Pod {entry.vantage.pod}: {entry.service.words if entry.service else ''} at {at(entry.address, entry.port.port)}, "
            f"while Pods behind it accept connections" for entry in dead]
    runs = f"DaemonSet {proxy.namespace}/{proxy.name} has that name" if proxy else "no DaemonSet has that name"
    return Problem(
        object=service, severity=Severity.ERROR if dead else Severity.WARNING,
        partial=proxy is not None or not dead, field=("metadata", "labels", PROXY_NAME),
        summary=f"label {PROXY_NAME}={name} keeps kube-proxy off Service {service.name}",
        evidence=(runs, *(seen or ("whether another proxy of that name serves the Service was not checked",))),
        fix=patching("remove the label, so that kube-proxy serves the Service", service, {"metadata": {"labels": {PROXY_NAME: None}}},
                     kubectl("label", service, f"{PROXY_NAME}-", namespace=service.namespace)),
        explains=("service-address-unreachable",) if dead else (),
    )
