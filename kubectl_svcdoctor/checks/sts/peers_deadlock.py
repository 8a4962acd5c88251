"""The Pods wait for each other's names before they get ready, and have names only when they are ready.

Why it breaks:
DNS serves the names of ready endpoints only. Members of a cluster that look each other up while they start find nobody, and so none becomes
ready: with the default podManagementPolicy not even the second Pod is created.

How to fix:
Set publishNotReadyAddresses: true on the governing Service, which is there for that. Clients use another Service. Where a Pod waits for one
that OrderedReady creates only afterwards, no DNS record helps: let the first Pod start without the others, or use podManagementPolicy Parallel.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.publishNotReadyAddresses}'
kubectl logs POD

Reference:
https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.deadlock import WaitingForPeers
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import StatefulSet

_EXPLAINS = ("pod-not-ready-probe", "pod-startup-probe-never", "pod-init-stuck", "pod-crashloop", "pod-liveness-kills", "pod-sidecar-blocks",
             "eps-all-notready", "hl-no-ready-nxdomain", "sts-next-pod-not-made")


@defect("HLS108", "sts-peer-deadlock")
def peers_deadlock(governed: Governed, service: Service, pods: SetPods, waiting: WaitingForPeers) -> Problem:
    item = governed.set
    if waiting.uncreated:
        return _before_its_turn(item, waiting)
    ordered = item.spec.pod_management_policy == "OrderedReady" and len(pods) < (item.wanted or 0)
    facts = (waiting.fact, f"none of the {len(pods)} Pods is ready" if len(pods) > 1 else f"its only Pod so far, {pods[0].name}, is not ready",
             f"Service {service.name} does not publish Pods that are not ready",
             "podManagementPolicy OrderedReady creates the next Pod only when this one is ready" if ordered else "")
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "publishNotReadyAddresses"),
        summary=f"the Pods of StatefulSet {item.name} wait for each other: {waiting.name} exists only when they are ready",
        evidence=tuple(fact for fact in facts if fact),
        fix=patching("publish the Pods before they are ready", service, {"spec": {"publishNotReadyAddresses": True}}),
        explains=_EXPLAINS, about=(item.ref,),
    )


def _before_its_turn(item: StatefulSet, waiting: WaitingForPeers) -> Problem:
    member = waiting.name.partition(".")[0]
    return Problem(
        object=item, severity=Severity.ERROR, field=("spec", "podManagementPolicy"),
        summary=f"StatefulSet {item.name} does not start: it looks up {waiting.name}, and {member} is created only afterwards",
        evidence=(waiting.fact, f"podManagementPolicy OrderedReady creates Pod {member} only when the Pods before it are ready"),
        fix=Fix("let the first Pod become ready without the others; podManagementPolicy Parallel creates all at once, and cannot be changed in place",
                (kubectl("get", item, "-o", "yaml", namespace=item.namespace),)),
        explains=_EXPLAINS, about=(item.ref,),
    )
