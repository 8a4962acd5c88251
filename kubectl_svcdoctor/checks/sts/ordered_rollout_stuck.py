"""A StatefulSet waits for a Pod of an old template, which it never replaces by itself.

Why it breaks:
With podManagementPolicy OrderedReady a rolling update goes on only when the Pod before is ready. The controller waits in the same way for a Pod
of a template that has been fixed since.

How to fix:
Delete the Pod, so that the controller recreates it from the present template.

Look yourself:
kubectl get statefulset NAME -o jsonpath='{.status.currentRevision} {.status.updateRevision}'
kubectl get pods -L controller-revision-hash

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.workload import Pod

REVISION = "controller-revision-hash"
STARTING = 120.0


@defect("HLS109", "sts-ordered-stuck")
def ordered_rollout_stuck(governed: Governed, pods: SetPods, now: Now) -> Problem | None:
    item = governed.set
    unready = sorted((pod for pod in pods if not pod.ready and not pod.terminating), key=lambda pod: pod.name)
    if item.spec.pod_management_policy != "OrderedReady" or not unready:
        return None
    stuck = unready[0]
    told = stuck.condition("Ready")
    if now.seconds_since(told.last_transition_time if told else stuck.metadata.creation_timestamp) < STARTING:
        return None
    revision, wanted = stuck.labels.get(REVISION, ""), item.status.update_revision
    if not revision or not wanted or revision == wanted:
        return None
    serving = any(pod.ready for pod in pods)
    return Problem(
        object=stuck, severity=Severity.WARNING if serving else Severity.ERROR, partial=serving,
        summary=f"StatefulSet {item.name} waits for Pod {stuck.name}, which is of an older template and not ready",
        evidence=(f"Pod {stuck.name} is of revision {revision}, and the template of {wanted}", "the controller never replaces a Pod that is not ready"),
        fix=_fix(stuck, serving),
        explains=("pod-not-ready-probe", "pod-crashloop", "pod-image-pull", "pod-config-missing", "pod-oomkilled", "pod-liveness-kills",
                  "pod-startup-probe-never", "pod-probe-port-wrong", "pod-init-stuck", "eps-all-notready", "hl-no-ready-nxdomain"),
    )


def _fix(stuck: Pod, serving: bool) -> Fix:
    """While other members serve, when to lose this one for good (it may hold the only copy of something) is for people to say."""
    summary = f"delete Pod {stuck.name}, so that the controller recreates it from the present template"
    if serving:
        return Fix(f"{summary}, when the other members can do without it", (kubectl("describe", stuck, namespace=stuck.namespace),))
    return Fix(summary, (kubectl("delete", stuck, namespace=stuck.namespace),))
