"""Why the cluster's DNS is away, or short of servers, as far as the API tells: one explanation, read by the checks of this hop."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.reads import SystemDeployments, SystemPods, corefile_name
from kubectl_svcdoctor.graph.dns.servers import APP, ClusterDNS, OpenShiftServices, SystemServices, dns_services
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.log import FORBIDDEN, LOOP, UNPARSABLE
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Deployment, Pod, PodLog, PodSpec

IMAGES = ("coredns", "k8s-dns-kube-dns", "kubedns")
# Labels that controllers and the API server add; no selector should rest on them.
GENERATED = ("pod-template-hash", "controller-revision-hash", "pod-template-generation", "topology.kubernetes.io/")


class DNSServerLog(tuple[PodLog, ...]):
    """The end of the log of one DNS server that is not ready: of its last run, where it crashes."""


@dataclass(frozen=True, slots=True)
class NoDNSService:
    """DNS servers run, and no Service leads to them."""

    deployment: Deployment


@dataclass(frozen=True, slots=True)
class SelectorMisses:
    """The DNS Service selects no Pod, while DNS servers run under other labels, which `labels` are."""

    service: Service
    labels: dict[str, str]
    pods: int


@dataclass(frozen=True, slots=True)
class Servers:
    """Which DNS servers there are: `ready` of them serve, `unready` do not, for the reason that `words` tell of the first of them."""

    service: Service
    deployment: Deployment | None
    ready: int
    unready: tuple[Pod, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Away(Servers):
    """No server or some of them, for no reason that is known better: not created, not scheduled, crashing, not ready."""


class ServerNode(tuple[Node, ...]):
    """The node of the first server that is not ready: one, or none; read only where that server's containers run."""


@dataclass(frozen=True, slots=True)
class Looping(Servers):
    """A server found that it forwards to itself and ended; `words` are its own."""


@dataclass(frozen=True, slots=True)
class Unreadable(Servers):
    """A server cannot read its Corefile; `words` are its own."""


@dataclass(frozen=True, slots=True)
class MayNotRead(Servers):
    """A server has not the right to read what it is to serve."""

    user: str = ""
    resource: str = ""


def is_dns(spec: PodSpec, labels: dict[str, str]) -> bool:
    """Whether a Pod is one of the cluster's DNS servers, by image or label; a node's cache is not."""
    images = [container.image.rpartition("@")[0] or container.image for container in spec.containers]
    return labels.get(APP) == "kube-dns" or any(name in image for image in images for name in IMAGES)


@asks(DNSServerLog)
def dns_server_log(dns: ClusterDNS, pods: SystemPods) -> Query[PodLog] | Irrelevant:
    unready = _selected(dns.service, pods, ready=False)
    started = [pod for pod in unready if pod.status.container_statuses and _crashes(pod) is not None]
    if not started:
        return Irrelevant("no DNS server has started and is not ready")
    pod = started[0]
    status = pod.status.container_statuses[0]
    fields = [("container", status.name)] + [("previous", "true")] * bool(_crashes(pod) and not status.state.terminated)
    return Query(PodLog, pod.namespace, pod.name, fields=tuple(fields))


def _crashes(pod: Pod) -> bool | None:
    """Whether the first container's words are in the log of its last run; None when it has never run."""
    status = pod.status.container_statuses[0]
    if status.state.running:
        return False
    return True if status.restart_count or status.state.terminated else None


@asks(ServerNode)
def server_node(away: Away) -> Query[Node] | Irrelevant:
    pod = away.unready[0] if away.unready else None
    if pod is None or not pod.spec.node_name or not all(status.state.running for status in pod.status.container_statuses):
        return Irrelevant("no DNS server runs without being ready")
    return Query(Node, None, pod.spec.node_name)


def _selected(service: Service, pods: tuple[Pod, ...], ready: bool) -> list[Pod]:
    mine = [pod for pod in pods if not pod.finished and service.selector and service.selector.items() <= pod.labels.items()]
    return sorted((pod for pod in mine if pod.ready is ready), key=lambda pod: pod.name)


def unready_words(pod: Pod) -> str:
    """Why a Pod does not serve, in the words of its status."""
    scheduled = pod.condition("PodScheduled")
    if not pod.spec.node_name:
        return f"Pod {pod.name} is not scheduled to a node" + (f": {scheduled.message}" if scheduled and scheduled.message else "")
    for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
        if status.state.waiting and status.state.waiting.reason not in ("", "PodInitializing"):
            ended = status.last_state.terminated
            last = f", the last run ended with exit code {ended.exit_code}" if ended else ""
            return f"Pod {pod.name} waits: {status.state.waiting.reason}{last}"
        if status.state.terminated and status.state.terminated.exit_code:  # between two runs
            return f"Pod {pod.name} is about to be restarted: the last run ended with exit code {status.state.terminated.exit_code}"
    return f"Pod {pod.name} runs, and is not ready"


@derives
def no_dns_service(found: SystemServices, elsewhere: OpenShiftServices, deployments: SystemDeployments) -> NoDNSService | Irrelevant:
    if dns_services(found) or dns_services(elsewhere):
        return Irrelevant("there is a Service of the cluster's DNS")
    made = _dns_deployment(deployments)
    return NoDNSService(made) if made else Irrelevant("no cluster DNS was found")


@derives
def server_state(
    dns: ClusterDNS, pods: SystemPods, service: Service | None = None, deployments: SystemDeployments | None = None, log: DNSServerLog | None = None
) -> SelectorMisses | Away | Looping | Unreadable | MayNotRead | Irrelevant:
    """The one explanation; Irrelevant while all servers are ready. The DNS Service itself is examined hop by hop, as every other is."""
    if service and service.ref == dns.service.ref:
        return Irrelevant("it is the DNS Service itself that is examined")
    ready, unready = _selected(dns.service, pods, ready=True), _selected(dns.service, pods, ready=False)
    if not ready and not unready:
        labelled = _elsewhere(dns.service, pods)
        if labelled:
            return labelled
    if ready and not unready:
        return Irrelevant("all DNS servers are ready")
    return _explained(dns.service, _dns_deployment(deployments or (), dns.service.selector), len(ready), tuple(unready), log[0].text if log else "")


def _dns_deployment(deployments: tuple[Deployment, ...], selector: dict[str, str] | None = None) -> Deployment | None:
    """The one whose Pods the DNS Service selects, where it is known what that selects, before one that only looks like a DNS server's."""
    made = [item for item in deployments if is_dns(item.spec.template.spec, item.template_labels)]
    chosen = [item for item in deployments if selector and selector.items() <= item.template_labels.items()]
    return min(chosen or made, key=lambda item: item.name, default=None)


def _elsewhere(service: Service, pods: tuple[Pod, ...]) -> SelectorMisses | None:
    """DNS servers that the Service does not select."""
    others = [pod for pod in pods if not pod.finished and is_dns(pod.spec, pod.labels)]
    if not others:
        return None
    labels = others[0].labels
    same_keys = {key: labels[key] for key in service.selector if key in labels}
    return SelectorMisses(service, same_keys or {key: value for key, value in labels.items() if not key.startswith(GENERATED)}, len(others))


def _explained(service: Service, deployment: Deployment | None, ready: int, unready: tuple[Pod, ...], log: str) -> Away | Looping | Unreadable | MayNotRead:
    lines = [line.strip() for line in log.splitlines()]
    looping = next((line for line in lines if LOOP.search(line)), "")
    if looping:
        return Looping(service, deployment, ready, unready, looping)
    crashing = unready and _crashes(unready[0])
    unreadable = next((line for line in lines if UNPARSABLE.fullmatch(line)), "")
    if crashing and unreadable:
        return Unreadable(service, deployment, ready, unready, unreadable)
    denied = next((found for line in lines if (found := FORBIDDEN.match(line))), None)
    if denied:
        return MayNotRead(service, deployment, ready, unready, denied[0].strip(), denied["user"], denied["resource"])
    return Away(service, deployment, ready, unready, unready_words(unready[0]) if unready else "")


def corefile_of(servers: Servers) -> str:
    """The name of the ConfigMap that these servers read."""
    return corefile_name(servers.service)
