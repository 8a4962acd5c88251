"""The Pods wait for each other's names before they get ready, and get names only when they are ready.

Why it breaks:
DNS serves the names of ready endpoints only. Members of a cluster that look each other up while they start find nobody, and so none gets
ready: with the default podManagementPolicy not even the second Pod is made.

How to fix:
Set publishNotReadyAddresses: true on the governing Service, which is there for that. Clients use another Service.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.publishNotReadyAddresses}'
kubectl logs POD

Reference:
https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.graph.sts.peers import Peers
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("HLS108", "sts-peer-deadlock")
def peers_deadlock(governed: Governed, service: Service, pods: SetPods, peers: Peers) -> Problem | None:
    item = governed.set
    if governed.governing != service.name or not service.headless or service.spec.publish_not_ready_addresses:
        return None
    running = [pod for pod in pods if pod.status.container_statuses and all(entry.state.running for entry in pod.status.container_statuses)]
    if (item.wanted or 0) < 2 or not pods or len(running) < len(pods) or any(pod.ready for pod in pods):
        return None
    ordered = "podManagementPolicy OrderedReady, which makes one Pod after the other, adds to it" if item.spec.pod_management_policy == "OrderedReady" else ""
    facts = (f"all {len(pods)} Pods run, and none is ready" if len(pods) > 1 else f"its only Pod so far, {pods[0].name}, runs and is not ready",
             f"Service {service.name} does not publish Pods that are not ready", ordered if len(pods) < (item.wanted or 0) else "")
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "publishNotReadyAddresses"),
        summary=f"the Pods of StatefulSet {item.name} wait for each other: they name {peers[0].text}, which DNS serves only when they are ready",
        evidence=tuple(fact for fact in facts if fact),
        fix=patching("publish the Pods before they are ready", service, {"spec": {"publishNotReadyAddresses": True}}),
        explains=("pod-not-ready-probe", "pod-startup-probe-never", "eps-all-notready", "hl-no-ready-nxdomain", "sts-next-pod-not-made"),
        about=(item.ref,),
    )
