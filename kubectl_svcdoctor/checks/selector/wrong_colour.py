"""The selector points to a version that has no Pods any more, or not yet, while another version runs.

Why it breaks:
With blue and green (or v1 and v2) side by side, one label of the selector decides which of them gets the
traffic. When the selected one is scaled down or deleted and the selector was not switched, the Service has no
endpoint while the other version idles.

How to fix:
Switch the selector to the version that runs, or scale the selected one up. `kubectl set selector` replaces
the whole selector, so name every pair.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get deployments --show-labels

Reference:
https://kubernetes.io/docs/concepts/workloads/management/#canary-deployments
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import line
from kubectl_svcdoctor.graph.selector.fixes import bearers, look, own, reselect
from kubectl_svcdoctor.graph.selector.variants import WrongColour
from kubectl_svcdoctor.graph.selector.words import pairs
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC206", "sel-blue-green-wrong-colour")
def selector_points_to_another_colour(service: Service, found: WrongColour) -> Problem:
    wanted, present = found.live.difference.values[found.key]
    gone = f"{found.retired.ref} is scaled to zero" if found.retired else f"no workload creates Pods with {found.key}={wanted}"
    fix = (
        look(service, f"decide which version gets the traffic: {found.live.ref} or {found.rivals[0].ref}") if found.rivals
        else reselect(service, found.live.difference.corrected)
    )
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector", found.key),
        summary=line(f"selector {found.key}={wanted} matches no Pod; {bearers(found.live)} {found.key}={present}"),
        evidence=(gone, f"{found.live.ready} of {len(found.live.pods)} Pods with {found.key}={present} ready",
                  *(f"{entry.ref} runs too: {pairs(own(entry, found.live))}" for entry in found.rivals[:2])),
        fix=fix,
    )
