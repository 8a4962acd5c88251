"""The selector also picks Pods of another workload.

Why it breaks:
Every Pod that carries the selector's labels gets its share of the requests, whoever made it: a Job of the
same chart, a worker, another application with the same umbrella label. Requests that go there fail or get the
wrong answer, now and then, which is hard to see.

How to fix:
Add a label to the selector that only the Pods which are meant have. Where there is none, give one to their
template first. Several workloads behind one Service on purpose (a canary, blue and green) are fine.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o jsonpath='{.items[*].endpoints[*].targetRef.name}'
kubectl get pods -l SELECTOR --show-labels

Reference:
https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import clip, names
from kubectl_svcdoctor.graph.selection.crowd import Group, Strangers
from kubectl_svcdoctor.graph.selection.mending import look, reselect
from kubectl_svcdoctor.graph.selection.words import count, pairs
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC207", "sel-too-broad")
def selector_picks_strangers(service: Service, found: Strangers) -> Problem:
    """What strangers do with a request only a probe can tell: a warning where they do not declare the port, a remark where they do, or get none."""
    ports = names([str(port.target) for port in service.spec.ports], 2)
    untried = "how they answer was not tried"
    how = f"another application on the same port; {untried}" if not found.apart else f"without port {ports}" + (
        f"; {untried}" if found.asked else ", so no request goes there")
    return Problem(
        object=service, severity=Severity.WARNING if found.apart and found.asked else Severity.INFO, field=("spec", "selector"),
        summary=clip(f"selector {pairs(service.selector)} also picks {_named(found.strangers)}, {how}"),
        evidence=tuple(clip(line) for line in (f"meant: {_named(found.own)}", *map(_share, found.strangers))), fix=_fix(service, found),
    )


def _named(groups: tuple[Group, ...]) -> str:
    return names([f"{count(len(group.pods))} of {group.owner}" if group.owner.kind != "Pod" else f"Pod {group.owner.name}" for group in groups], 2)


def _share(group: Group) -> str:
    ready = sum(pod.ready for pod in group.pods)
    return f"{group.owner}: {ready} ready, image {names(sorted(group.images), 2)}"


def _fix(service: Service, found: Strangers) -> Fix:
    if found.telling is None:
        return look(service, f"give the Pods of {names([str(group.owner) for group in found.own], 2)} a label of their own, and select it too")
    key, value = found.telling
    return reselect(service, {**service.selector, key: value}, f"select {key}={value} too, which only {_named(found.own)} have")
