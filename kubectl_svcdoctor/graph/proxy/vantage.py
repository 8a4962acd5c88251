"""The Pod that --from names: a client of the Service, from which names are asked and connections tried."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.evidence import Vantage, VantagePod
from kubectl_svcdoctor.model.questions import Inside, Look, Looked
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import DEFAULT_CONTAINER, Pod

# Which container kubectl enters when none is named (k8s.io/kubectl, pkg/cmd/util/podcmd).



class LookReplies(dict[Look, Reply]):
    """What the container of the vantage has in its resolv.conf, and whom it calls."""


@dataclass(frozen=True, slots=True)
class NoVantage:
    """--from names no Pod, so that connections are not tried as a client would; what was to be tried and could not be is another matter."""


@derives
def no_vantage(vantage: Vantage | None = None) -> NoVantage | Irrelevant:
    return NoVantage() if vantage is None else Irrelevant("--from names a Pod")


@asks(VantagePod)
def vantage_pod(vantage: Vantage) -> Query[Pod]:
    return Query(Pod, vantage.namespace, vantage.name)


@derives
def inside(pods: VantagePod) -> Inside | Irrelevant:
    if not pods:
        return Irrelevant("the Pod that --from names is gone")
    pod = pods[0]
    names = [container.name for container in pod.spec.containers]
    chosen = pod.metadata.annotations.get(DEFAULT_CONTAINER, "")
    return Inside(pod.namespace, pod.name, chosen if chosen in names else names[0], pod.spec.node_name)


@asks(LookReplies)
def look(vantage: Inside) -> tuple[Look, ...]:
    return (Look(vantage),)


@derives
def looked(replies: LookReplies) -> Looked | Irrelevant:
    return next((reply for reply in replies.values() if isinstance(reply, Looked)), Irrelevant("the Pod told nothing"))


def pods_on(node: str) -> Command:
    """All Pods of a node: kube-proxy, the network plugin's agent or a DNS cache are among them, whatever a distribution calls them."""
    return kubectl("get", "pods", "-A", "-o", "wide", "--field-selector", f"spec.nodeName={node}")


def proxy_health(node: str) -> Command:
    """What kube-proxy of a node says of itself (port 10256, /healthz): refused where another proxy stands in its place."""
    return kubectl("get", "--raw", f"/api/v1/nodes/{node}:10256/proxy/healthz")
