"""The selector was removed, and the last EndpointSlice that the controller wrote stays as it was.

Why it breaks:
Without a selector the endpoint slice controller stops watching the Service, but it does not clean up.
Traffic goes on to the Pods that were there at that moment. Each Pod that is replaced leaves a dead address behind,
until no connection succeeds.

How to fix:
Restore the selector; the controller takes the slice over again. If the Service is meant to be without selector,
write a slice of your own before the one that was left is deleted.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://github.com/kubernetes/kubernetes/issues/118376
"""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.leftovers import LeftoverPods, Leftovers, dead
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.endpoints import Endpoint
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Pod

_USUAL = ("app", "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component", "k8s-app")


@defect("EPS104", "eps-selector-removed")
def selector_removed(service: Service, left: Leftovers, pods: LeftoverPods, slices: ServiceSlices) -> Problem | None:
    endpoints = [endpoint for part in left for endpoint in part.endpoints or ()]
    if not endpoints:
        return None
    gone = [endpoint for endpoint in endpoints if dead(endpoint, pods)]
    others = any(endpoint.ready for part in slices if part not in left for endpoint in part.endpoints or ())
    alive = len(endpoints) - len(gone)
    return Problem(
        object=service, severity=Severity.ERROR if gone else Severity.WARNING, partial=bool(gone) and (bool(alive) or others),
        field=("spec", "selector"),
        summary=f"Service {service.name} has no selector any more; {len(gone)} of its {count(len(endpoints), 'address')} belong to no Pod",
        evidence=(f"without a selector nothing updates EndpointSlice {left[0].name}",
                  *(f"{endpoint.address} was Pod {endpoint.target_ref.name}" for endpoint in gone[:3] if endpoint.target_ref)),
        fix=_restore(service, endpoints, pods),
    )


def _restore(service: Service, endpoints: Sequence[Endpoint], pods: LeftoverPods) -> Fix:
    """The selector out of the labels that the Pods behind the slice share, or their successors of the same owner."""
    names = {endpoint.target_ref.name for endpoint in endpoints if endpoint.target_ref}
    kin = [pod for pod in pods if not pod.finished and (pod.name in names or _family(pod.name) in map(_family, names))]
    shared = {key: kin[0].labels[key] for key in _USUAL if kin and _same(kin, key)}
    others = [pod for pod in pods if not pod.finished and pod not in kin and shared.items() <= pod.labels.items()]
    if not shared or others:
        return Fix("restore the selector that these Pods had; see which labels they share",
                   (kubectl("get", "pods", "--show-labels", namespace=service.namespace),))
    text = selector(shared)
    return patching(f"select {text} again", service, {"spec": {"selector": shared}}, kubectl("set", "selector", service, text, namespace=service.namespace))


def _same(pods: Sequence[Pod], key: str) -> bool:
    values = {pod.labels.get(key) for pod in pods}
    return len(values) == 1 and None not in values


def _family(name: str) -> str:
    """The Deployment's part of a Pod's name: without the hash of its ReplicaSet and its own suffix."""
    return name.rsplit("-", 2)[0]
