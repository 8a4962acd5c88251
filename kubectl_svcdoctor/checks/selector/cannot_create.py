"""The workload wants Pods, and none of them could be created.

Why it breaks:
The controller asks the API server for Pods and is refused: a quota is used up, Pod Security or an admission
webhook says no, a ServiceAccount or PriorityClass does not exist. There is no Pod that could show an error;
the reason stands in the workload's conditions and Events.

How to fix:
Satisfy whoever refuses: raise the quota or ask for less, meet the policy, create what is missing. The
controller tries again by itself.

Look yourself:
kubectl get deployment NAME -o jsonpath='{.status.conditions}'
kubectl get events --field-selector reason=FailedCreate

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
"""

from __future__ import annotations

import re

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.variants import CannotCreate
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Workload

_REASONS = (
    (r"exceeded quota: ([a-z0-9.-]+)", "quota {} is used up", "raise the quota, or let the Pods ask for less", ("describe", "resourcequota/{}")),
    (r"violates PodSecurity \"([^\"]+)\"", "the Pods violate Pod Security {}", "meet the policy in the template, or change the "
     "namespace's label pod-security.kubernetes.io/enforce", ("get", "namespace/{namespace}", "--show-labels")),
    (r"admission webhook \"([^\"]+)\"", "admission webhook {} refuses them", "meet the policy in the template, or change it",
     ("get", "validatingwebhookconfigurations,mutatingwebhookconfigurations")),
    (r"failed calling webhook \"([^\"]+)\"", "admission webhook {} cannot be reached", "fix the webhook's own Service",
     ("get", "validatingwebhookconfigurations,mutatingwebhookconfigurations")),
    (r"serviceaccount \"?([a-z0-9.-]+)\"? not found", "ServiceAccount {} does not exist", "create the ServiceAccount, or name another in "
     "the template", ("create", "serviceaccount", "{}")),
    (r"no PriorityClass with name ([a-z0-9.-]+)", "PriorityClass {} does not exist", "name a PriorityClass that exists in the template",
     ("get", "priorityclasses")),
)


@defect("SVC212", "sel-controller-cannot-create")
def pods_cannot_be_created(service: Service, found: CannotCreate) -> Problem:
    workload = found.workload
    reason, fix = _told(workload, found.message)
    unseen = workload.status.observed_generation < workload.metadata.generation
    return Problem(
        object=workload, severity=Severity.WARNING if found.young and not found.message else Severity.ERROR, field=("spec", "template"),
        summary=line(f"{workload.ref} wants {count(found.wanted)}; none could be created: {reason}" if reason
                     else f"{workload.ref} wants {count(found.wanted)} and has none so far; nothing says why"),
        evidence=tuple(line(fact) for fact in (
            found.message, f"Service {service.name} selects the Pods that it would create",
            f"its controller has not seen its newest version (generation {workload.metadata.generation})" if unseen else "",
        ) if fact),
        fix=fix,
    )


def _told(workload: Workload, message: str) -> tuple[str, Fix]:
    """The reason in a few words (the message itself where it is of no known kind), and what to do about it."""
    for pattern, reason, advice, words in _REASONS:
        match = re.search(pattern, message)
        if match:
            named = [word.format(match[1], namespace=workload.namespace) for word in words]
            return reason.format(match[1]), Fix(advice, (kubectl(*named, namespace=workload.namespace),))
    return message, Fix(f"find out why {workload.ref} creates no Pods", (
        kubectl("describe", workload, namespace=workload.namespace),
        kubectl("get", "events", f"--field-selector=involvedObject.name={workload.name},type=Warning", namespace=workload.namespace),
    ))
