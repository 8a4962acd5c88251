"""A hand-made Endpoints object has more addresses than are mirrored.

Why it breaks:
The mirroring controller copies at most 1000 addresses of each subset into EndpointSlices and drops the rest,
and kube-proxy reads nothing else. The backends beyond never get a request.

How to fix:
Write EndpointSlices instead, several if need be: each takes up to 1000 endpoints, and their number is not
limited.

Look yourself:
kubectl describe endpoints NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#mirroring
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import OVER_CAPACITY
from kubectl_svcdoctor.model.evidence import ServiceEndpoints
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

LIMIT = 1000
"""Default of kube-controller-manager's --mirroring-max-endpoints-per-subset."""


@defect("EPS110", "eps-mirroring-limit")
def mirroring_limit(service: Service, endpoints: ServiceEndpoints) -> Problem | None:
    if service.selector:
        return None
    for entry in endpoints:
        most = max((len(subset.addresses) + len(subset.not_ready_addresses) for subset in entry.subsets), default=0)
        mark = entry.metadata.annotations.get(OVER_CAPACITY)
        if most > LIMIT or mark:
            many = f"{most} addresses in one subset" if most > LIMIT else "more addresses than it can hold"
            return Problem(
                object=entry, severity=Severity.WARNING,
                summary=f"Endpoints {entry.name} has {many}; only {LIMIT} are mirrored into EndpointSlices",
                evidence=(f"annotation {OVER_CAPACITY}: {mark}",) if mark else (),
                fix=Fix("write EndpointSlices instead of Endpoints", (kubectl("get", entry, "-o", "yaml", namespace=entry.namespace),)),
            )
    return None
