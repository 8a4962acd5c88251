"""A label hands the Service to another proxy than kube-proxy.

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
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service

LABEL = "service.kubernetes.io/service-proxy-name"
_PROXIES = ("cilium", "ovn", "calico", "antrea", "kube-router", "kpng", "cyclonus", "multus")


@defect("EPS121", "eps-proxy-name-label")
def proxy_name_label(service: Service) -> Problem | None:
    """Names of proxies that are known to obey the label are left alone."""
    name = service.labels.get(LABEL)
    if name is None or service.headless or service.external or any(known in name.lower() for known in _PROXIES):
        return None
    return Problem(
        object=service, severity=Severity.WARNING, field=("metadata", "labels", LABEL),
        summary=f"kube-proxy ignores Service {service.name} because of its label {LABEL}={name}; whether a proxy of that name serves it "
                "was not tried",
        fix=patching("give the Service back to kube-proxy", service, {"metadata": {"labels": {LABEL: None}}},
                     f"kubectl -n {service.namespace} label service {service.name} {LABEL}-"),
    )
