"""The StatefulSet's governing Service has a ClusterIP.

Why it breaks:
The DNS specification demands names of single Pods only below headless Services. CoreDNS serves them below others too, but other DNS servers
need not, and the Service's own name leads to one address behind which kube-proxy chooses a Pod.

How to fix:
Where the cluster's DNS is CoreDNS, and clients want one address, leave it. Otherwise recreate the Service with clusterIP: None at a time when its
clients can miss it, for the API server does not let it change in place ("may not change once set"), and give them a second Service.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.clusterIP}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("HLS104", "sts-not-headless")
def governing_service_not_headless(governed: Governed, service: Service) -> Problem | None:
    if governed.governing != service.name or service.headless or service.external:
        return None
    outside = service.spec.type != "ClusterIP"
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "clusterIP"),
        summary=f"Service {service.name} governs StatefulSet {governed.set.name} and is not headless: per-Pod DNS names need not exist",
        evidence=("CoreDNS serves them all the same; the DNS specification demands them of headless Services only",),
        fix=Fix("leave it as it is where the per-Pod names resolve" + (" or are not used" if outside else "; else recreate it with clusterIP: None, "
                "and give the clients of its address a Service of their own first"),
                (kubectl("get", service, "-o", "yaml", namespace=service.namespace),)),
    )
