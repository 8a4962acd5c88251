"""There is no StatefulSet of that name in the namespace.

Why it breaks:
A name in another namespace does not count.

How to fix:
Look in the right namespace (-n), or correct the name.

Look yourself:
kubectl get statefulsets -A

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
"""

from __future__ import annotations

import difflib

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.spec.namespaces import NoSubjectNamespace
from kubectl_svcdoctor.graph.subjects import SubjectSets
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.evidence import NamedStatefulSet
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.subject import Subject


@defect("HLS120", "sts-missing")
def missing(subject: Subject, named: NamedStatefulSet, sets: SubjectSets, nowhere: NoSubjectNamespace | None = None) -> Problem | None:
    if named:
        return None
    near = difflib.get_close_matches(subject.name, [item.name for item in sets], 1, 0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    command = diagnosis(f"sts/{near[0]}", namespace=subject.namespace) if near else kubectl("get", "statefulsets", "-A")
    return Problem(
        object=ObjectRef("apps/v1", "StatefulSet", subject.namespace, subject.name), severity=Severity.ERROR,
        summary=nowhere.sentence if nowhere else f"there is no StatefulSet {subject.name} in namespace {subject.namespace}{hint}",
        fix=Fix(f"correct the name to {near[0]}" if near else "look for it in the other namespaces", (command,)),
    )
