"""The labels are on the workload itself and not on the Pods that it creates.

Why it breaks:
A Service looks at Pods. Labels in a Deployment's own metadata describe the Deployment; its Pods get only what
stands under spec.template.metadata.labels. So `kubectl get deployment -l …` finds the workload and the
Service finds nothing.

How to fix:
Put the labels into the template too. Where the workload's own, unchangeable selector fixes one of them to
another value, let the Service select what the template has.

Look yourself:
kubectl get deployment NAME -o jsonpath='{.metadata.labels}{"\\n"}{.spec.template.metadata.labels}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.candidates import Candidate
from kubectl_svcdoctor.graph.selector.fixes import look, relabel, reselect
from kubectl_svcdoctor.graph.selector.variants import LabelsOnlyOnWorkload
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC204", "sel-labels-only-on-workload")
def labels_only_on_workload(service: Service, found: LabelsOnlyOnWorkload) -> Problem:
    candidate = found.candidate
    lacking = {key: value for key, value in service.selector.items() if candidate.labels.get(key) != value}
    have = f"its {count(len(candidate.pods))} {'has' if len(candidate.pods) == 1 else 'have'}" if candidate.pods else "its template has"
    return Problem(
        object=candidate.ref, severity=Severity.ERROR, field=("spec", "template", "metadata", "labels"),
        summary=line(f"{candidate.ref} itself has {pairs(lacking)}, {have} not, so Service {service.name} selects no Pod"),
        evidence=(f"labels of the template: {pairs(candidate.labels) or 'none'}",), fix=_fix(service, candidate, lacking),
    )


def _fix(service: Service, candidate: Candidate, lacking: dict[str, str]) -> Fix:
    fix = relabel(candidate.workload, lacking) if candidate.workload else None
    if fix is None and candidate.difference.corrected:
        fix = reselect(service, candidate.difference.corrected)
    return fix or look(service, f"let Service {service.name} select labels of the template of {candidate.ref}")
