"""kube-proxy on the node of a vantage from which the Service's address fails: its Pod there, and what it says of itself beside those of other nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.servers import DNSSlices
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.kube_proxy import IMAGE, SYSTEM, InItsPlace, KubeProxy
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME
from kubectl_svcdoctor.graph.proxy.proxy_pods import ProxyPods, stands
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.evidence import Now, ServiceSlices
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.service_proxy import AskProxy, ProxyState
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod

CONTROLS_AT_MOST = 2


class VantageStates(dict[AskProxy, Reply]):
    """The same of the node of a vantage from which the Service's address fails, and of others beside it."""


class PodsThere(tuple[Pod, ...]):
    """kube-proxy's Pods on the node of that vantage, or all of kube-system there, where no DaemonSet tells which they are."""


@dataclass(frozen=True, slots=True)
class ShutAddress:
    """From a vantage the Service's address fails for some port, while something behind it accepts connections."""

    tried: tuple[Tried, ...]

    @property
    def node(self) -> str:
        return self.tried[0].vantage.node


@dataclass(frozen=True, slots=True)
class AtVantage:
    """kube-proxy on the node of such a vantage: its Pod, None where there is none, and what it says; `beside` are other nodes whose kube-proxy answers.

    `daemon`: it runs as a DaemonSet, so that each node that has one has a Pod of it. `running`: that Pod is ready. `looked`: which Pods there are is known.
    """

    node: str
    pod: Pod | None
    running: bool
    daemon: bool
    looked: bool
    state: ProxyState | None
    beside: tuple[str, ...]

    @property
    def answers(self) -> bool:
        return self.state is not None and self.state.ours

    @property
    def missing(self) -> bool:
        """Without a Pod where all others have one; or nothing listens there on the port at which it answers on other nodes."""
        refused = self.state is not None and self.state.outcome == "refused" and bool(self.beside)
        return self.looked and self.pod is None and not self.answers and (self.daemon or refused)

    @property
    def down(self) -> bool:
        return self.pod is not None and not self.running and not self.answers

    @property
    def current(self) -> bool:
        return self.state is not None and self.state.outcome == "current"


def nodes_of(slices: Iterable[EndpointSlice]) -> Iterator[str]:
    yield from sorted({entry.node_name for part in slices for entry in part.endpoints or () if entry.ready and entry.node_name})


@derives
def shut_address(service: Service, reach: Reach) -> ShutAddress | Irrelevant:
    if PROXY_NAME in service.labels:
        return Irrelevant("kube-proxy has nothing to do with the Service")
    found = tuple(tried for tried in reach if tried.shut_off)
    return ShutAddress(found) if found else Irrelevant("the Service's address accepts connections, or nothing behind it does")


@asks(VantageStates)
def vantage_states(shut: ShutAddress, slices: ServiceSlices, place: InItsPlace | None = None, dns: DNSSlices | None = None
                   ) -> tuple[AskProxy, ...] | Irrelevant:
    if place:
        return Irrelevant("another service proxy than kube-proxy runs there")
    others = [node for node in dict.fromkeys((*nodes_of(slices), *nodes_of(dns or ()))) if node != shut.node]
    return tuple(map(AskProxy, (shut.node, *others[:CONTROLS_AT_MOST])))


@asks(PodsThere)
def pods_there(
    shut: ShutAddress, found: KubeProxy | None = None, place: InItsPlace | None = None, known: ProxyPods | None = None
) -> Query[Pod] | Irrelevant:
    if place or known is not None:
        return Irrelevant("another service proxy runs there, or all Pods of kube-proxy were read")
    chosen = labels(found.daemon_set.spec.selector.match_labels) if found else ()
    return Query(Pod, SYSTEM, labels=chosen, fields=(("spec.nodeName", shut.node),))


@derives
def at_vantage(
    shut: ShutAddress, now: Now, found: KubeProxy | None = None, place: InItsPlace | None = None, known: ProxyPods | None = None,
    there: PodsThere | None = None, states: VantageStates | None = None,
) -> AtVantage | Irrelevant:
    if place:
        return Irrelevant("another service proxy than kube-proxy runs there")
    pods = known if known is not None else there
    mine = [pod for pod in pods or () if pod.spec.node_name == shut.node and not pod.finished and (found or _is_kube_proxy(pod))]
    told = dict(told_by(states))
    return AtVantage(
        shut.node, mine[0] if mine else None, any(stands(pod, now) for pod in mine), found is not None, pods is not None,
        told.get(shut.node), tuple(node for node, state in told.items() if node != shut.node and state.ours))


def _is_kube_proxy(pod: Pod) -> bool:
    return any(IMAGE.search(container.image) for container in pod.spec.containers)


def told_by(states: Mapping[AskProxy, Reply] | None) -> Iterator[tuple[str, ProxyState]]:
    yield from ((question.node, reply) for question, reply in (states or {}).items() if isinstance(reply, ProxyState))
