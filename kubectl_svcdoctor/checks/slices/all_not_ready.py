"""The Service has endpoints, and none of them is ready.

Why it breaks:
Proxies and DNS give clients ready endpoints only. While every endpoint has the condition ready=false,
connections to the Service are refused as if it had none. An absent condition counts as ready.

How to fix:
Follow the endpoints to their Pods: the Pods' readiness is what is missing. In a hand-made slice, set the
condition to true once the backend serves.

Look yourself:
kubectl describe endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import begun, since
from kubectl_svcdoctor.graph.selector.variants import RolloutUnderWay
from kubectl_svcdoctor.graph.slices.controllers import families
from kubectl_svcdoctor.graph.slices.slices import SliceDrift
from kubectl_svcdoctor.model.command import Command, diagnosis, kubectl, selector
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, Endpoint
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service


@symptom("EPS115", "eps-all-notready")
def all_not_ready(
    service: Service, slices: ServiceSlices, drift: SliceDrift | None = None, readiness: Readiness | None = None,
    rollout: RolloutUnderWay | None = None,
) -> Problem | None:
    """Slices that merely lag behind ready Pods are another finding, as are terminating endpoints that still serve."""
    wanted = families(service)
    endpoints = [entry for part in slices if part.address_type in wanted for entry in part.endpoints or ()]
    usable = any(entry.ready or (entry.serving and entry.terminating) for entry in endpoints)
    if service.external or usable or drift:
        return None
    coming = _coming(service, readiness, rollout, "ready endpoint" if endpoints else "endpoint")
    if coming is not None or not endpoints:
        return coming
    number = "its only endpoint" if len(endpoints) == 1 else f"none of its {len(endpoints)} endpoints"
    return Problem(
        object=service, severity=Severity.ERROR,
        summary=f"Service {service.name} has no ready endpoint: {number} is {'not ' if len(endpoints) == 1 else ''}ready",
        evidence=tuple(f"{entry.address} is not ready" for entry in endpoints[:3]),
        fix=Fix("find out why the endpoints are not ready", (_look(service, endpoints),)),
    )


def _look(service: Service, endpoints: list[Endpoint]) -> Command:
    ref = next((entry.target_ref for entry in endpoints if entry.target_ref and entry.target_ref.kind == "Pod"), None)
    if ref is None:
        return kubectl("get", "endpointslices", "-l", selector({SERVICE_NAME: service.name}), "-o", "yaml", namespace=service.namespace)
    space = ref.namespace or service.namespace
    return kubectl("describe", ObjectRef("v1", "Pod", space, ref.name), namespace=space)


def _coming(service: Service, readiness: Readiness | None, rollout: RolloutUnderWay | None, what: str) -> Problem | None:
    """Pods on their way serve nobody yet. Where something is wrong with them, that is a finding of its own and says enough."""
    if rollout is not None:
        who = f"the rollout of {rollout.workload.ref} is under way"
    elif readiness is not None and readiness.starting and not readiness.troubles and not readiness.standing.serving:
        who = _young(readiness)
    else:
        return None
    return Problem(
        object=service, severity=Severity.ERROR, summary=f"Service {service.name} has no {what} yet: {who}",
        fix=Fix("wait for the Pods to start", (diagnosis(service, "--wait", "--timeout", "2m", namespace=service.namespace),)),
    )


def _young(readiness: Readiness) -> str:
    """How long the Pods have been on their way: what is not ready after seconds is no fault."""
    pods, now = readiness.starting, readiness.standing.now
    first = min(pods, key=lambda pod: (since(pod) or now.time, pod.name))
    if len(pods) == 1:
        return f"its only Pod {begun(first, now)}, and is not ready"
    return f"none of its {len(pods)} Pods is ready, of which {first.name} {begun(first, now)}"
