"""The controller manager has stopped renewing its lease, and the EndpointSlices are no longer what they should be.

Why it breaks:
kube-controller-manager writes the EndpointSlices, creates Pods for workloads and notices dead nodes. While no
instance of it holds the lease, the cluster keeps running as it was: Pods that die stay listed, new ones are
never listed, and clients are sent to addresses that are gone.

How to fix:
Bring kube-controller-manager back. On a cluster of kubeadm it is a static Pod of the control plane:
look at its log; expired certificates, an unreachable API server and a full disk are the usual reasons. The
slices follow within seconds once it runs.

Look yourself:
kubectl -n kube-system get lease kube-controller-manager -o yaml
kubectl -n kube-system get pods -l component=kube-controller-manager -o wide

Reference:
https://kubernetes.io/docs/concepts/architecture/leases/#leader-election
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.graph.slices.leftovers import Unmirrored
from kubectl_svcdoctor.graph.slices.slices import SliceDrift
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import ControllerLease, Now
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

OVERDUE = 60.0
"""Seconds without renewal; a healthy leader renews every two, and another takes over after fifteen."""

REPAIR = Fix("start kube-controller-manager again; on a cluster of kubeadm its log shows why it stopped", (
    kubectl("get", "pods", "-l", "component=kube-controller-manager", "-o", "wide", namespace="kube-system"),
    kubectl("logs", "-l", "component=kube-controller-manager", "--tail=50", namespace="kube-system"),
))


@defect("SVC495", "cl-apiserver-policy-controllers")
def controller_manager_not_running(
    service: Service, lease: ControllerLease, now: Now, drift: SliceDrift | None = None, unmirrored: Unmirrored | None = None
) -> Problem | None:
    """Without a lease nothing is proven: managed control planes hide theirs."""
    age = max((now.seconds_since(entry.spec.renew_time) for entry in lease), default=0.0)
    if age <= OVERDUE:
        return None
    renewed = next(entry.spec.renew_time for entry in lease if entry.spec.renew_time)
    severity, partial = drift.harm if drift else (Severity.ERROR, False)
    return Problem(
        object=lease[0], severity=severity, partial=partial,
        summary=f"kube-controller-manager has not renewed its lease for {duration(age)}",
        evidence=(f"the EndpointSlices of Service {service.name} are not what it would write",
                  f"last renewed {renewed:%Y-%m-%dT%H:%M:%SZ} by {lease[0].spec.holder_identity or 'nobody'}, "
                  f"for {lease[0].spec.lease_duration_seconds} seconds"),
        fix=REPAIR,
    )
