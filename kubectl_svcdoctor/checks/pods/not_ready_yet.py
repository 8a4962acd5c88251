"""The Pod that is examined is not ready yet, and gets no traffic.

Why it breaks:
A Service sends clients to ready Pods alone. A Pod that was created a moment ago is not ready until its containers run and their
readiness probes have succeeded. Until then its Services do without it.

How to fix:
Wait. A Pod that is not ready when the time of its probes is over has a trouble of its own, which is told then.

Look yourself:
kubectl get pod NAME -w
kubectl describe pod NAME

Reference:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import begun
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import NamedPod, Now
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity


@defect("POD122", "pod-not-ready-yet")
def not_ready_yet(named: NamedPod, readiness: Readiness, now: Now) -> Problem | None:
    """Where no other Pod serves, the Service's endpoints say it."""
    pod = next((entry for entry in named if entry in readiness.starting), None)
    standing = readiness.standing
    if pod is None or not standing.serving or standing.published:
        return None
    return Problem(
        object=pod, severity=Severity.WARNING, out=(pod.ref,),
        summary=f"it {begun(pod, now)}, and is not ready yet",
        evidence=(f"{standing.serving} of {standing.living} Pods serve",),
        fix=Fix("wait for it", (diagnosis(f"pod/{pod.name}", "--wait", "--timeout", "2m", namespace=pod.namespace),)),
    )
