"""There is no Pod of that name in the namespace.

Why it breaks:
Pods are created and deleted by their controllers; a Pod of a Deployment has another name after every rollout.

How to fix:
Look in the right namespace (-n), or name the Pod as it is called now.

Look yourself:
kubectl get pods

Reference:
https://kubernetes.io/docs/concepts/workloads/pods/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.spec.namespaces import NoSubjectNamespace
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import NamedPod
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.subject import Subject


@defect("POD120", "pod-missing")
def missing(subject: Subject, named: NamedPod, nowhere: NoSubjectNamespace | None = None) -> Problem | None:
    if named:
        return None
    look = Fix("list the namespaces", (kubectl("get", "namespaces"),))
    return Problem(
        object=ObjectRef("v1", "Pod", subject.namespace, subject.name), severity=Severity.ERROR,
        summary=nowhere.sentence if nowhere else f"there is no Pod {subject.name} in namespace {subject.namespace}",
        fix=look if nowhere else Fix("list the Pods of the namespace", (kubectl("get", "pods", namespace=subject.namespace),)),
    )
