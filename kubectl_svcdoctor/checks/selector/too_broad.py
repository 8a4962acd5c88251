"""The selector also picks Pods of another workload.

Why it breaks:
Every Pod that carries the selector's labels gets its share of the requests, whoever created it: a Job of the
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

from dataclasses import replace

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.selector.comparison import IDENTITY
from kubectl_svcdoctor.graph.selector.crowd import Crowd, Group, telling
from kubectl_svcdoctor.graph.selector.fixes import look, reselect
from kubectl_svcdoctor.graph.selector.refusing import Refusing, Renumbered, awaited
from kubectl_svcdoctor.graph.selector.strangers import OtherApplications, accepts
from kubectl_svcdoctor.graph.selector.words import count, pairs
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC207", "sel-too-broad")
def selector_picks_others(
    service: Service, crowd: Crowd, found: OtherApplications | None = None, refusing: Refusing | None = None, listeners: Listeners | None = None,
    renumbered: Renumbered | None = None,
) -> Problem | None:
    """What other Pods do with a request only a probe can tell: an error where they refuse it. Where that was not tried, a warning if they do not declare
    the port; else a remark."""
    if refusing:
        return _refusing(service, crowd, refusing)
    if not found:
        return None
    # Pods that declare nothing and accept connections serve beside those that are meant, whatever they are called.
    beside = found.apart and _serves(found.own)
    others = tuple(group for group in found.others if group not in (renumbered or ()) and (
        not beside or group.offers or not (listeners and accepts(group, listeners))))
    return _picked(service, replace(found, others=others), listeners) if others else None


def _picked(service: Service, found: OtherApplications, listeners: Listeners | None) -> Problem:
    ports = names([str(port.target) for port in service.spec.ports], 2)
    accepting = listeners is not None and all(accepts(group, listeners) for group in found.others)
    by = f"their containers declare no port {ports}" if found.apart else "another application by labels and images"
    untried = () if accepting or not found.asked else ("how they answer was not checked",)
    return Problem(
        object=service, severity=Severity.WARNING if found.apart and found.asked and not accepting else Severity.INFO, field=("spec", "selector"),
        summary=f"selector {pairs(service.selector)} also picks {_named(found.others)}, {_how(found, accepting, ports)}",
        evidence=(f"meant: {_named(found.own)}{_waiting(found.own)}", by, *untried, *map(_share, found.others)),
        fix=_fix(service, found.own, found.others, found.telling, found.apart and not accepting and (not found.asked or _serves(found.own))),
    )


def _how(found: OtherApplications, accepting: bool, ports: str) -> str:
    single = _single(found.others)
    if accepting:
        taking = "accepts connections" if single else "accept connections"
        return f"which {taking} too" if _serves(found.own) else f"which alone {taking}"
    if not found.apart:
        return "another application on the same port"
    return f"which {'declares' if single else 'declare'} no port {ports}" if found.asked else f"without port {ports}: no request goes there"


def _refusing(service: Service, crowd: Crowd, others: Refusing) -> Problem:
    """Where nobody else is ready, no client is served."""
    serving = tuple(group for group in crowd.groups if group not in others)
    own = serving or awaited(service, crowd)
    gone = () if any(group.pods for group in own) else own
    state = ("accepts connections" if _single(own) else "accept connections") if serving else "has no Pods" if gone else (
        "is not ready" if _single(own) else "are not ready")
    meant = str(gone[0].owner) if gone else _named(own)
    pods = names([group.pods[0].name for group in others], 2)
    return Problem(
        object=service, severity=Severity.ERROR, partial=bool(serving), field=("spec", "selector"),
        summary=f"selector {pairs(service.selector)} also picks {_named(others)}, which {'refuses' if _single(others) else 'refuse'} connections",
        evidence=(f"meant: {meant}, which {state}",
                  f"Pod {pods} was tried, and refuses every TCP port of the Service", *map(_share, others)),
        fix=_return(service, gone[0], telling(own, others)) if gone else _fix(service, own, others, telling(own, others), True),
    )


def _serves(own: tuple[Group, ...]) -> bool:
    """Where none of those that are meant is ready, a narrower selector would take away whatever the others give."""
    return any(pod.ready for group in own for pod in group.pods)


def _waiting(own: tuple[Group, ...]) -> str:
    return "" if _serves(own) or not any(group.pods for group in own) else ", which is not ready" if _single(own) else ", none of which is ready"


def _single(groups: tuple[Group, ...]) -> bool:
    return sum(len(group.pods) for group in groups) == 1


def _named(groups: tuple[Group, ...]) -> str:
    return names([f"{count(len(group.pods))} of {group.owner}" if group.owner.kind != "Pod" else f"Pod {group.owner.name}" for group in groups], 2)


def _share(group: Group) -> str:
    ready = sum(pod.ready for pod in group.pods)
    return f"{group.owner}: {ready} ready, image {names(sorted(group.images), 2)}"


def _return(service: Service, own: Group, pair: tuple[str, str] | None) -> Fix:
    """The selector alone would leave the Service without any Pod."""
    missing = f"find out why {own.owner} has no Pods, and bring them back"
    look_at = kubectl("describe", own.owner, namespace=service.namespace)
    if pair is None or pair[0] not in IDENTITY:
        return Fix(missing, (look_at,))
    narrowed = reselect(service, {**service.selector, pair[0]: pair[1]})
    return Fix(f"{missing}; select {pair[0]}={pair[1]} too, which only its template has", (look_at, *narrowed.commands))


def _fix(service: Service, own: tuple[Group, ...], others: tuple[Group, ...], pair: tuple[str, str] | None, foreign: bool) -> Fix:
    """A selector that leaves the other Pods out, where a label that names the application tells them apart and they do not serve the same. A canary
    has other labels than that, and is meant."""
    if pair is None:
        return look(service, f"give the Pods of {names([str(group.owner) for group in own], 2)} a label of their own, and select it too")
    key, value = pair
    why = f"select {key}={value} too, which only {_named(own)} have"
    return reselect(service, {**service.selector, key: value}, why) if foreign and key in IDENTITY else look(
        service, f"where the other Pods are not meant: {why}")
