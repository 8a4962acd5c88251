"""The name of a single Pod is used, and the Pod has no name in DNS.

Why it breaks:
A Pod has a record of its own below its headless Service only with spec.hostname, and spec.subdomain equal to the Service's name. A
StatefulSet sets both; Pods of a Deployment have neither, so that POD.SERVICE does not exist, while the Service's own name lists their
addresses.

How to fix:
Use a StatefulSet whose serviceName is the Service, or set hostname and subdomain in the Pod's template; or let clients use the Service's
own name.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o jsonpath='{.items[*].endpoints[*].hostname}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.records import too_long
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.subjects import ClientName
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.subject import Subject


@defect("HLS112", "hl-pod-name-by-dash")
def pod_without_hostname(
    subject: Subject, name: ClientName, service: Service, slices: ServiceSlices, pods: SelectedPods | None = None
) -> Problem | None:
    endpoints = [endpoint for part in slices for endpoint in part.endpoints or ()]
    known = {endpoint.hostname for endpoint in endpoints if endpoint.hostname}
    dashed = {address.replace(".", "-").replace(":", "-") for endpoint in endpoints for address in endpoint.addresses}
    if not name.host or name.host in known | dashed or too_long(name.host):
        return None
    pod = next((pod for pod in pods or () if pod.name == name.host), None)
    facts = (f"Pod {pod.name} is there, and has " + (f"subdomain {pod.spec.subdomain}" if pod.spec.subdomain else "no hostname and subdomain"),) if pod else ()
    named = names(sorted(known))
    return Problem(
        object=service, severity=Severity.ERROR, partial=True,
        summary=f"{subject.name.rstrip('.')} does not resolve: no Pod behind Service {service.name} has the name {name.host} in DNS",
        evidence=(*facts, f"the Pods with names there are {named}" if known else "no Pod behind it has a DNS name of its own"),
        fix=Fix(f"let the client use {service.name}.{service.namespace}, or " + (f"one of {named}" if known else "create the Pods with a StatefulSet"),
                (diagnosis(f"{service.name}.{service.namespace}"),)),
    )
