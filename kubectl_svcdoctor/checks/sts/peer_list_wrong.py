"""The StatefulSet's template names a peer by a name that none of its Pods has.

Why it breaks:
Members find each other by POD.SERVICE.NAMESPACE.svc. A list that was written for another number of replicas, another Service or another
namespace names members that do not exist; many programs then wait for a quorum that never comes.

How to fix:
Correct the list in the template's variables or arguments.

Look yourself:
kubectl get statefulset NAME -o yaml | grep -n svc

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.sts.governed import Governed, numbers
from kubectl_svcdoctor.graph.sts.peers import Peer, Peers
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.workload import StatefulSet


@defect("HLS117", "sts-persistent-peer-list")
def peer_list_wrong(governed: Governed, peers: Peers) -> Problem | None:
    item = governed.set
    wrong = [(peer, why) for peer in peers if governed.governing and (why := _why(peer, item))]
    if not wrong:
        return None
    peer, why = wrong[0]
    return Problem(
        object=item, severity=Severity.WARNING, partial=True, field=("spec", "template"),
        summary=f"StatefulSet {item.name} names the peer {peer.text}, which does not exist: {why}",
        evidence=(f"its Pods are {names([f'{name}.{governed.governing}' for name in governed.pod_names])}, in namespace {item.namespace}",
                  *((f"wrong too: {names([other.text for other, _ in wrong[1:]])}",) if len(wrong) > 1 else ())),
        fix=Fix("correct the list of peers in the template", (kubectl("get", item, "-o", "yaml", namespace=item.namespace),)),
    )


def _why(peer: Peer, item: StatefulSet) -> str:
    """What is wrong with a Pod's name; empty for what fits, and for the Service's own name."""
    if peer.number is None:
        return ""
    if peer.rest[0] != item.spec.service_name:
        return f"the governing Service is {item.spec.service_name}, and not {peer.rest[0]}"
    if len(peer.rest) > 1 and peer.rest[1] not in (item.namespace, "svc"):
        return f"it is in namespace {item.namespace}, and not {peer.rest[1]}"
    if item.wanted and peer.number not in numbers(item):
        first = item.spec.ordinals.start
        return f"there are {item.wanted} replicas" + (f", numbered from {first}" if first else "")
    return ""
