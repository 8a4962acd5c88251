"""The EndpointSlices differ from what the selector and the Pods give.

Why it breaks:
Clients are sent where the slices say. A slice that was not brought up to date lists Pods that are gone
(connections time out), or lacks Pods that are ready (capacity is lost). The controller normally follows a
change within a second; a standing difference means that it does not run, is stuck on an error, or that
somebody else overwrites its slices.

How to fix:
Let the controller look at the Service again: it does so at every change of the Service, even of an annotation, and writes what differs. Where nothing
changes, kube-controller-manager has to be fixed first. Do not delete the slices: while the controller does not work, nothing writes them again.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml
kubectl get pods -l SELECTOR -o wide

Reference:
https://github.com/kubernetes/endpointslice/blob/master/reconciler.go
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.slices import SliceDrift
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.service import Service

_KINDS = {
    "dead": "{} of no Pod",
    "unready": "{} listed as ready and not ready",
    "missing": "{} missing",
    "waiting": "{} ready and listed as not ready",
    "ports": "{} with wrong ports",
}
_MARK = "kubectl-svcdoctor/looked-at"


@symptom("EPS102", "eps-stale")
def stale(service: Service, drift: SliceDrift) -> Problem | None:
    if not drift or drift.absent:
        return None
    entries: dict[str, tuple[str, ...]] = {kind: getattr(drift, kind) for kind in _KINDS}
    differences = [_KINDS[kind].format(count(len(found), "endpoint")) for kind, found in entries.items() if found]
    severity, partial = drift.harm
    return Problem(
        object=service, severity=severity, partial=partial,
        summary=f"the EndpointSlices of Service {service.name} are out of date: {', '.join(differences)}",
        evidence=tuple(f"{_KINDS[kind].format('endpoints')}: {names(found)}" for kind, found in entries.items() if found),
        fix=Fix("make the controller look at the Service again; where nothing changes, fix kube-controller-manager", (_touch(service),)),
    )


def _touch(service: Service) -> Command:
    """A change that takes nothing away: the controller looks at a Service whenever it changes (endpointslice_controller.go, onServiceUpdate)."""
    setting = kubectl("annotate", service, f"{_MARK}=now", "--overwrite", namespace=service.namespace)
    return setting.then(kubectl("annotate", service, f"{_MARK}-", namespace=service.namespace))
