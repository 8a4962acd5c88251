"""The externalName leads to a Service of this cluster that does not exist, or that has no name to resolve.

Why it breaks:
The CNAME points to another Service's DNS name. If that Service does not exist, or is headless without a single ready endpoint, its name is answered
with NXDOMAIN, and so is this one.

How to fix:
Correct the name in externalName, or create or repair the Service that it means.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.externalName}'
kubectl get services -A

Reference:
Kubernetes DNS specification 1.1, sections 2.3, 2.4 and 2.5
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.targets import Target, TargetNamesakes, TargetService, TargetSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC103", "svc-externalname-chain")
def external_name_target_missing(
    service: Service, target: Target, found: TargetService, slices: TargetSlices | None = None, namesakes: TargetNamesakes | None = None
) -> Problem | None:
    if not found:
        return _missing(service, target, namesakes or TargetNamesakes())
    ready = [endpoint for part in slices or () for endpoint in part.endpoints or () if endpoint.ready]
    if not found[0].headless or slices is None or ready:
        return None
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName leads to the headless Service {target.namespace}/{target.name}, which has no ready endpoint and so no address",
        fix=Fix("mend that Service", (f"kubectl svcdoctor {target.name} -n {target.namespace}",)),
    )


def _missing(service: Service, target: Target, namesakes: TargetNamesakes) -> Problem:
    elsewhere = sorted(item.namespace for item in namesakes)
    fix = Fix("correct the name, or create the Service that it means", (f"kubectl get services -n {target.namespace}",))
    if elsewhere:
        name = Target(target.name, elsewhere[0], target.domain).dns
        fix = patching(f"use the Service {target.name} of namespace {elsewhere[0]}", service, {"spec": {"externalName": name}})
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName {service.spec.external_name} leads to a Service {target.name} that does not exist in namespace {target.namespace}",
        evidence=(f"a Service {target.name} exists in namespace {', '.join(elsewhere[:3])}",) if elsewhere else (),
        fix=fix,
    )
