"""The externalName points to a Service of this cluster that does not exist, or that has no ready endpoint.

Why it breaks:
The CNAME points to another Service's DNS name. If that Service does not exist, or is headless without a single ready endpoint, its name is answered
with NXDOMAIN, and so is this one. If it has a cluster IP and no ready endpoint, the name resolves and connections are refused. Where it is an
ExternalName itself, it leads on: a circle of them has no address at all.

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
from kubectl_svcdoctor.graph.spec.targets import Chain, Target, TargetNamesakes, TargetSlices
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, Wait, patching
from kubectl_svcdoctor.model.service import Service

FOLLOWED = 4  # links that are read


@defect("SVC103", "svc-externalname-chain")
def external_name_target_missing(
    service: Service, chain: Chain, slices: TargetSlices | None = None, namesakes: TargetNamesakes | None = None
) -> Problem | None:
    if chain.loop:
        return _circle(service, chain)
    if chain.last is not None:
        return _unserved(service, chain, chain.last, slices)
    if chain.unread or chain.end is None:
        return _unended(service, chain) if chain.end and len(chain.links) > FOLLOWED else None
    return _missing(chain, chain.end, namesakes or TargetNamesakes()) if chain.end.here else None


def _circle(service: Service, chain: Chain) -> Problem:
    names = " → ".join(f"{link.namespace}/{link.name}" for link in (*chain.loop, chain.loop[0]))
    fix = Fix("use the name of the Service that clients should reach", (kubectl("get", "services", namespace=chain.loop[-1].namespace),))
    own = len(chain.links) == 1
    return Problem(
        object=chain.loop[-1], severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName {service.spec.external_name} is this Service's own name" if own else
        f"externalName of Service {service.name} leads into a circle of ExternalNames that has no address: {names}", fix=fix,
    )


def _unserved(service: Service, chain: Chain, meant: Service, slices: TargetSlices | None) -> Problem | None:
    endpoints = [endpoint for part in slices or () for endpoint in part.endpoints or ()]
    # Without a ready endpoint kube-proxy falls back to those that terminate and still serve; DNS does not.
    usable = any(endpoint.ready or (endpoint.serving and endpoint.terminating and not meant.headless) for endpoint in endpoints)
    if slices is None or usable:
        return None
    kind = "the headless Service" if meant.headless else "Service"
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName {_leads(chain)} {kind} {meant.namespace}/{meant.name}, which has no ready endpoint",
        evidence=(f"{len(endpoints)} endpoints are listed, none of them ready" if endpoints else "no endpoint is listed",),
        fix=Fix("examine that Service", (diagnosis(meant, namespace=meant.namespace),)), awaits=(Wait(meant.ref),),
    )


def _missing(chain: Chain, target: Target, namesakes: TargetNamesakes) -> Problem:
    guilty = chain.links[-1]
    elsewhere = sorted(item.namespace for item in namesakes)
    fix = Fix("correct the name, or create the Service that it means", (kubectl("get", "services", namespace=target.namespace),))
    if elsewhere:
        name = Target(target.name, elsewhere[0], target.domain).dns
        fix = patching(f"use the Service {target.name} of namespace {elsewhere[0]}", guilty, {"spec": {"externalName": name}})
    return Problem(
        object=guilty, severity=Severity.ERROR, field=("spec", "externalName"),
        summary=f"externalName {_leads(chain)} Service {target.namespace}/{target.name}, which does not exist",
        evidence=(f"a Service {target.name} exists in namespace {', '.join(elsewhere[:3])}",) if elsewhere else (),
        fix=fix,
    )


def _unended(service: Service, chain: Chain) -> Problem:
    last = chain.links[-1]
    return Problem(
        object=service, severity=Severity.INFO, field=("spec", "externalName"),
        summary=f"externalName leads{chain.way}, which is an ExternalName again: it was not followed further",
        fix=Fix("use the name of the Service at the end, and examine that", (diagnosis(last, namespace=last.namespace),)))


def _leads(chain: Chain) -> str:
    return f"leads{chain.way} to" if chain.way else "points to"
