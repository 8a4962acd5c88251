"""Whether Pods of a StatefulSet wait for names of each other that DNS serves only when they are ready: their own words, what a probe told, or an init
container that asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import ContainerTrouble, InitStuck
from kubectl_svcdoctor.graph.pods.waiting import called
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.spec.service_links import CrashLog
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.graph.sts.peers import Peers, named_in
from kubectl_svcdoctor.model.log import MEMBER, complains, unresolved
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Container, Pod, PodLog


class PeerLog(tuple[PodLog, ...]):
    """The end of the log of one member that runs and is not ready; read only where it may wait for its peers' names."""


@dataclass(frozen=True, slots=True)
class WaitingForPeers:
    """A member looks up the name of a peer, which does not exist as long as no member is ready; `fact` is what shows it.

    `uncreated`: the peer's Pod is one that podManagementPolicy OrderedReady creates only when those before it are ready, so that no DNS record helps.
    """

    name: str
    fact: str
    uncreated: bool = False


@asks(PeerLog)
def peer_log(which: Governed, service: Service, pods: SetPods, peers: Peers) -> Query[PodLog] | Irrelevant:
    found = next(_running(which, service, pods, peers), None)
    if found is None:
        return Irrelevant("no member runs that may wait for a name of its peers")
    pod, container = found
    return Query(PodLog, pod.namespace, pod.name, fields=(("container", container.name),))


@derives
def waiting_for_peers(
    which: Governed, service: Service, pods: SetPods, peers: Peers | None = None, readiness: Readiness | None = None, log: PeerLog | None = None,
    crash: CrashLog | None = None,
) -> WaitingForPeers | Irrelevant:
    if not _unpublished(which, service, pods):
        return Irrelevant("names of members exist, or no member is there to ask for them")
    asking = next(_asking(which, pods), None)
    if asking is not None:
        pod, container, name = asking
        return WaitingForPeers(name, f"init container {container.name} of Pod {pod.name} looks up {name} and has not ended", _uncreated(which, pods, name))
    probed = next(_probed(which, pods, readiness), None)
    if probed is not None:
        entry, name = probed
        fact = f"a probe of container {entry.container.name} of Pod {entry.pod.name} fails: {name} cannot be looked up"
        return WaitingForPeers(name, fact, _uncreated(which, pods, name))
    for entry in (*(log or ()), *(crash or ())):
        name = next(unresolved(entry.text, [peer.text for peer in peers or ()]), "")
        if name and any(pod.name == entry.name for pod in pods):
            return WaitingForPeers(name, f"log of Pod {entry.name}, container {entry.container}: {name} cannot be looked up",
                                   _uncreated(which, pods, name))
    return Irrelevant("no member is known to look up a name that does not exist", unseen=True)


def _unpublished(which: Governed, service: Service, pods: SetPods) -> bool:
    """Whether no name of a member exists: the governing Service serves those of ready Pods only, and there are none."""
    governs = which.governing == service.name and service.headless and not service.spec.publish_not_ready_addresses
    return governs and (which.set.wanted or 0) > 1 and bool(pods) and not any(pod.ready or pod.finished for pod in pods)


def _asking(which: Governed, pods: SetPods) -> Iterator[tuple[Pod, Container, str]]:
    """Init containers that run, or fail over and over, and name a member."""
    for pod in pods:
        status = {entry.name: entry for entry in pod.status.init_container_statuses}
        for container in pod.spec.init_containers:
            told = status.get(container.name)
            if container.restart_policy == "Always" or told is None or not (told.state.running or told.restart_count):
                continue
            if told.state.terminated is None or told.state.terminated.exit_code:
                named = [peer.text for peer in named_in(which.set, container) if peer.number is not None]
                # Whoever waits for several waits longest for one that is not created before it is ready itself.
                yield from ((pod, container, name) for name in sorted(named, key=lambda name: not _uncreated(which, pods, name)))


def _probed(which: Governed, pods: SetPods, readiness: Readiness | None) -> Iterator[tuple[ContainerTrouble, str]]:
    """Containers whose probe fails since a member's name cannot be looked up: by what the kubelet was told, or, where that names nobody, by what the
    probe's command calls."""
    for entry in readiness.troubles if readiness else ():
        if not isinstance(entry, ContainerTrouble) or entry.pod not in pods or isinstance(entry, InitStuck):
            continue
        silent = entry.message.strip().endswith("probe failed:") or not entry.message
        known = {*MEMBER.findall(entry.message), which.governing}
        named = [*unresolved(entry.message, sorted(name for name in known if _member(which, name)))]
        asked = [call.host for call in called(entry) if _member(which, call.host)]
        if named or (asked and (silent or complains(entry.message))):
            yield entry, (named or asked)[0]


def _member(which: Governed, host: str) -> bool:
    """Whether a host is the name of a member, or the governing Service's own, which is made of theirs."""
    labels = host.rstrip(".").split(".")
    own = labels[1:] if labels[0] in which.pod_names else labels
    return own[:1] == [which.governing] and own[1:2] in ([], [which.set.namespace])


def _uncreated(which: Governed, pods: SetPods, name: str) -> bool:
    """Whether the name is one of a member that is created only when the members before it are ready."""
    ordered = which.set.spec.pod_management_policy == "OrderedReady"
    member = name.partition(".")[0]
    return ordered and member in which.pod_names and member not in {pod.name for pod in pods}


def _running(which: Governed, service: Service, pods: SetPods, peers: Peers) -> Iterator[tuple[Pod, Container]]:
    """Containers that run in members which are not ready, those first that name a peer."""
    if not peers or not _unpublished(which, service, pods) or next(_asking(which, pods), None):
        return
    for pod in sorted(pods, key=lambda pod: pod.name):
        running = {entry.name for entry in pod.status.container_statuses if entry.state.running}
        mine = [container for container in pod.spec.containers if container.name in running]
        yield from ((pod, container) for container in sorted(mine, key=lambda container: not named_in(which.set, container)))
