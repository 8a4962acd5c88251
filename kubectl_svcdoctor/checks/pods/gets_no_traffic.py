"""The Pod that is examined gets no traffic: it is not ready yet, is terminating, or has ended.

Why it breaks:
A Service sends clients to ready Pods alone. A Pod that was created a moment ago is not ready until its containers run and their
readiness probes have succeeded. One that is being deleted takes no new client as long as others serve, and one that has ended never will again.

How to fix:
Wait for a Pod that starts: when the time of its probes is over, what keeps it from becoming ready is a finding of its own. In the place of a Pod
that goes or has ended, look at the one that its owner has made since.

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
from kubectl_svcdoctor.graph.pods.trouble import TerminatingStuck
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.evidence import NamedPod, Now, SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.workload import Pod


@defect("POD122", "pod-gets-no-traffic")
def gets_no_traffic(named: NamedPod, pods: SelectedPods, readiness: Readiness, now: Now) -> Problem | None:
    """Where no other Pod serves, the Service's endpoints say it; where the Pod has a trouble of its own, that does."""
    pod = next((entry for entry in named if entry in pods), None)
    why = _why(pod, readiness, now) if pod else ""
    standing = readiness.standing
    if pod is None or not why or not standing.serving or (standing.published and not pod.finished):
        return None
    return Problem(
        object=pod, severity=Severity.WARNING, out=(pod.ref,), summary=why,
        evidence=(f"{standing.serving} of {standing.living} Pods serve",), fix=_fix(pod),
    )


def _why(pod: Pod, readiness: Readiness, now: Now) -> str:
    if pod.finished:
        reason = f" ({pod.status.reason})" if pod.status.reason else ""
        return f"it has failed{reason}" if pod.status.phase == "Failed" else "its containers have ended, and are not started again"
    if pod.terminating:
        stuck = any(isinstance(entry, TerminatingStuck) and entry.pod == pod for entry in readiness.troubles)
        return "" if stuck else "it is terminating"
    return f"it {begun(pod, now)}, and is not ready yet" if pod in readiness.starting else ""


def _fix(pod: Pod) -> Fix:
    if pod.finished or pod.terminating:
        return Fix("look at the Pod that has taken its place, if its owner has made one", (kubectl("get", "pods", namespace=pod.namespace),))
    return Fix("wait for it", (diagnosis(f"pod/{pod.name}", "--wait", "--timeout", "2m", namespace=pod.namespace),))
