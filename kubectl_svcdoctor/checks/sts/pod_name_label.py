"""The Service selects a single Pod of a StatefulSet by its name, and there is no Pod of that name.

Why it breaks:
The StatefulSet controller labels each Pod with statefulset.kubernetes.io/pod-name. A Service for one Pod selects that label; with a wrong
set name or number it selects nothing.

How to fix:
Select <set>-<number> as the Pod is called.

Look yourself:
kubectl get pods -L statefulset.kubernetes.io/pod-name

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-name-label
"""

from __future__ import annotations

import difflib
import re

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.sts.governed import POD_NAME, numbers
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import NamespacePods, SelectedPods, StatefulSets
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service

# What the selector hop would say of the same selector.
GENERIC = ("sel-no-match-value", "sel-wrong-key", "sel-extra-label", "sel-labels-only-on-workload", "sel-workload-missing",
           "sel-immutable-selector-drift", "svc-wrong-namespace", "sel-scaled-to-zero")


@defect("HLS113", "hl-podname-label-service")
def pod_name_label(service: Service, pods: SelectedPods, nearby: NamespacePods, sets: StatefulSets) -> Problem | None:
    wanted = service.selector.get(POD_NAME, "")
    if not wanted or pods:
        return None
    present = sorted(pod.labels[POD_NAME] for pod in nearby if POD_NAME in pod.labels)
    if wanted in present:
        return None  # the Pod is there, and another label of the selector is wrong
    member = re.fullmatch(r"(?P<set>.+)-(?P<number>\d+)", wanted)
    owner = next((item for item in sets if member and item.name == member["set"]), None)
    lowered = owner is not None and owner.wanted is not None and member is not None and int(member["number"]) >= numbers(owner).stop
    if lowered:
        return None  # the selector is right, and the StatefulSet too small for it: that is a finding of the selector
    near = difflib.get_close_matches(wanted, present, 1, 0.5)
    fix = (
        patching(f"select {near[0]}", service, {"spec": {"selector": {POD_NAME: near[0]}}}) if near else
        Fix("select a Pod that exists", (kubectl("get", "statefulsets,pods", "--show-labels", namespace=service.namespace),))
    )
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector"),
        summary=f"Service {service.name} selects the Pod {wanted} by its name, and there is no such Pod",
        evidence=(f"Pods of StatefulSets in the namespace are {names(present)}",) if present else (), fix=fix, explains=GENERIC,
    )
