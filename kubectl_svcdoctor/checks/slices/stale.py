"""The EndpointSlices differ from what the selector and the Pods give.

Why it breaks:
Clients are sent where the slices say. A slice that was not brought up to date lists Pods that are gone
(connections time out), or lacks Pods that are ready (capacity is lost). The controller normally follows a
change within a second; a standing difference means that it does not run, is stuck on an error, or that
somebody else overwrites its slices.

How to fix:
Delete the slices: a working controller writes them anew at once. Where they do not come back,
kube-controller-manager is what needs repair.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml
kubectl get pods -l SELECTOR -o wide

Reference:
https://github.com/kubernetes/endpointslice/blob/master/reconciler.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.slices import SliceDrift
from kubectl_svcdoctor.model.endpoints import MANAGED_BY, SERVICE_NAME, SLICE_CONTROLLER
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service

_SAID = {
    "dead": "{} of no living Pod",
    "unready": "{} of Pods that are not ready",
    "missing": "{} of ready Pods missing",
    "waiting": "{} of ready Pods marked not ready",
    "ports": "{} with other ports than the Pods give",
}


@symptom("EPS102", "eps-stale")
def stale(service: Service, drift: SliceDrift) -> Problem | None:
    if not drift or drift.absent:
        return None
    entries: dict[str, tuple[str, ...]] = {kind: getattr(drift, kind) for kind in _SAID}
    said = [_SAID[kind].format(_addresses(len(found))) for kind, found in entries.items() if found]
    severity, partial = drift.harm
    return Problem(
        object=service, severity=severity, partial=partial,
        summary=f"the EndpointSlices of {service.name} are out of date: {', '.join(said)}",
        evidence=tuple(f"{_SAID[kind].format('').strip()}: {', '.join(found[:3])}" for kind, found in entries.items() if found),
        fix=Fix("delete the slices, so that the controller writes them anew", (
            f"kubectl -n {service.namespace} delete endpointslices -l {SERVICE_NAME}={service.name},{MANAGED_BY}={SLICE_CONTROLLER}",
        )),
    )


def _addresses(number: int) -> str:
    return "1 address" if number == 1 else f"{number} addresses"
