"""What is known of kube-proxy on the nodes that matter: by its Pods, and by what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.at_vantage import AtVantage, VantageStates, nodes_of, told_by
from kubectl_svcdoctor.graph.proxy.kube_proxy import KubeProxy
from kubectl_svcdoctor.graph.proxy.proxy_pods import SETTLES_SECONDS, Down, Lacking, Without
from kubectl_svcdoctor.graph.slices.slices import instant
from kubectl_svcdoctor.model.endpoints import TRIGGER_TIME
from kubectl_svcdoctor.model.evidence import Now, ServiceSlices
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service_proxy import AskProxy, ProxyState
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod

NODES_AT_MOST = 4
# What a client sees of a node that does not forward the Service's address.
FROM_THERE = ("service-address-unreachable", "dns-address-silent", "dns-udp-conntrack-5s")


class ProxyStates(dict[AskProxy, Reply]):
    """What kube-proxy says of itself on a few nodes: those where it does not seem to run, and those of the endpoints."""


@dataclass(frozen=True, slots=True)
class Late:
    """A kube-proxy that does not keep up: it says so itself, or it wrote its last rules `written` seconds ago, before the Service's endpoints changed, which
    was `changed` seconds ago (-1: it says it itself)."""

    node: str
    state: ProxyState
    written: float
    changed: float = -1.0


@dataclass(frozen=True, slots=True)
class NodeTroubles:
    """Nodes without kube-proxy, with one that does not run, and with one that does not keep up; `states` is what was told, by node."""

    found: KubeProxy | None
    missing: tuple[Without, ...]
    down: tuple[Pod, ...]
    late: tuple[Late, ...]
    states: tuple[tuple[str, ProxyState], ...]
    at: AtVantage | None

    @property
    def words(self) -> str:
        """Where kube-proxy does not work, in few words; empty where nothing is known against it."""
        there = [self.at] if self.at else []
        told = {"missing on": [entry.node for entry in self.missing] or [at.node for at in there if at.missing],
                "not running on": [pod.spec.node_name for pod in self.down] or [at.node for at in there if at.down],
                "not up to date on": [entry.node for entry in self.late]}
        found = [f"{what} {names(nodes)}" for what, nodes in told.items() if nodes]
        return f"kube-proxy is {', '.join(found)}" if found else ""

    def state(self, node: str) -> ProxyState | None:
        return dict(self.states).get(node)


def node_ref(node: str) -> ObjectRef:
    return ObjectRef("v1", "Node", "", node)


def missed(failing: bool) -> str:
    """What follows for clients on such a node, as far as it is known."""
    return "the Service's address does not work there" if failing else "changes of Services and endpoints are missed there"


@asks(ProxyStates)
def proxy_states(found: KubeProxy, slices: ServiceSlices, lacking: Lacking | None = None, down: Down | None = None) -> tuple[AskProxy, ...] | Irrelevant:
    suspects = (*(entry.node for entry in lacking or ()), *(pod.spec.node_name for pod in down or ()))
    nodes = list(dict.fromkeys((*suspects, *nodes_of(slices))))[:NODES_AT_MOST]
    return tuple(map(AskProxy, nodes)) or Irrelevant("no node of the Service is known")


@derives
def node_troubles(
    slices: ServiceSlices, now: Now, found: KubeProxy | None = None, lacking: Lacking | None = None, down: Down | None = None,
    states: ProxyStates | None = None, at: AtVantage | None = None, seen: VantageStates | None = None,
) -> NodeTroubles | Irrelevant:
    """A kube-proxy that answers runs, whatever the API shows of its Pods: a distribution may start it otherwise on some nodes."""
    if found is None and at is None:
        return Irrelevant("no kube-proxy is known", unseen=True)
    told = dict((*told_by(states), *told_by(seen)))
    answering = {node for node, state in told.items() if state.ours}
    return NodeTroubles(
        found, tuple(entry for entry in lacking or () if entry.node not in answering),
        tuple(pod for pod in down or () if pod.spec.node_name not in answering), tuple(_late(told, slices, now)), tuple(told.items()), at)


def _late(told: Mapping[str, ProxyState], slices: ServiceSlices, now: Now) -> Iterator[Late]:
    """kube-proxy writes its rules within seconds of any change of endpoints (minSyncPeriod)."""
    changes = {family: _changed(slices, family, now) for family in ("IPv4", "IPv6")}
    for node, state in told.items():
        written = {"IPv4": state.ipv4, "IPv6": state.ipv6}
        missed = [(written[family], age) for family, age in changes.items() if age > SETTLES_SECONDS and written[family] > age + SETTLES_SECONDS]
        if state.outcome == "late":
            yield Late(node, state, state.seconds)
        elif state.outcome == "current" and missed:
            yield Late(node, state, *max(missed))


def _changed(slices: ServiceSlices, family: str, now: Now) -> float:
    """Seconds since endpoints of a family changed last; -1 where nothing tells."""
    moments = [moment for part in slices if part.address_type == family
               for moment in (part.metadata.creation_timestamp, instant(part.metadata.annotations.get(TRIGGER_TIME, ""))) if moment]
    return now.seconds_since(max(moments)) if moments else -1.0
