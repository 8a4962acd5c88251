"""The StatefulSet's governing Service has a ClusterIP.

Why it breaks:
The DNS specification demands names of single Pods only below headless Services. CoreDNS serves them below others too, but other DNS servers
need not, and the Service's own name leads to one address behind which kube-proxy chooses a Pod.

How to fix:
Make the Service anew with clusterIP: None, for the API server does not let it change in place ("may not change once set"); clients that want
one address get a second Service.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.clusterIP}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, recreating
from kubectl_svcdoctor.model.service import Service


@defect("HLS104", "sts-not-headless")
def governing_service_not_headless(governed: Governed, service: Service) -> Problem | None:
    if governed.governing != service.name or service.headless or service.external:
        return None
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "clusterIP"),
        summary=f"Service {service.name} governs StatefulSet {governed.set.name} and has a ClusterIP: no DNS server need serve names of its Pods there",
        fix=_fix(service),
    )


def _fix(service: Service) -> Fix:
    if service.spec.type != "ClusterIP":  # it is reached from outside, too
        return Fix("leave it to those who come from outside, and make the StatefulSet anew with a headless Service of its own as serviceName",
                   (f"kubectl -n {service.namespace} get service {service.name} -o yaml",))
    return recreating("recreate it as a headless Service, since clusterIP cannot be changed in place", service,
                      {"spec": {"clusterIP": "None", "clusterIPs": ["None"]}}, "connections to its address break")
