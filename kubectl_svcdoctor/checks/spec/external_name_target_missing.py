"""The externalName points to a Service of this cluster that does not exist, or that has no ready endpoint.

Why it breaks:
The CNAME points to another Service's DNS name. If that Service does not exist, or is headless without a single ready endpoint, its name is answered
with NXDOMAIN, and so is this one. If it has a cluster IP and no ready endpoint, the name resolves and connections are refused.

How to fix:
Correct the name in externalName, or create or fix the Service that it means: examine that one.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalName}'
kubectl get services -A

Reference:
Kubernetes DNS specification 1.1, sections 2.3, 2.4 and 2.5
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.targets import Target, TargetNamesakes, TargetService, TargetSlices
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC103", "svc-externalname-chain")
def external_name_target_missing(
    service: Service, target: Target, found: TargetService, slices: TargetSlices | None = None, namesakes: TargetNamesakes | None = None
) -> Problem | None:
    if not found:
        return _missing(service, target, namesakes or TargetNamesakes()) if target.here else None
    meant = found[0]
    if meant.ref == service.ref:
        return Problem(
            object=service, severity=Severity.ERROR, field=("spec", "externalName"),
            summary=f"externalName {service.spec.external_name} is this Service's own name",
            fix=Fix("use the name of the Service that clients should reach", (kubectl("get", "services", namespace=service.namespace),)))
    endpoints = [endpoint for part in slices or () for endpoint in part.endpoints or ()]
    # Without a ready endpoint kube-proxy falls back to those that terminate and still serve; DNS does not.
    usable = any(endpoint.ready or (endpoint.serving and endpoint.terminating and not meant.headless) for endpoint in endpoints)
    if slices is None or usable:
        return None
    kind = "the headless Service" if meant.headless else "Service"
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName points to {kind} {target.namespace}/{target.name}, which has no ready endpoint",
        evidence=(f"{len(endpoints)} endpoints are listed, none of them ready" if endpoints else "no endpoint is listed",),
        fix=Fix("examine that Service", (diagnosis(meant, namespace=meant.namespace),)),
    )


def _missing(service: Service, target: Target, namesakes: TargetNamesakes) -> Problem:
    elsewhere = sorted(item.namespace for item in namesakes)
    fix = Fix("correct the name, or create the Service that it means", (kubectl("get", "services", namespace=target.namespace),))
    if elsewhere:
        name = Target(target.name, elsewhere[0], target.domain).dns
        fix = patching(f"use the Service {target.name} of namespace {elsewhere[0]}", service, {"spec": {"externalName": name}})
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName points to Service {target.namespace}/{target.name}, which does not exist",
        evidence=(f"a Service {target.name} exists in namespace {', '.join(elsewhere[:3])}",) if elsewhere else (),
        fix=fix,
    )
