"""Nodes × what is known of kube-proxy there."""

from __future__ import annotations

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.proxy.node_states import NodeTroubles
from kubectl_svcdoctor.graph.proxy.proxy_pods import ProxyPods
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.table import Cell, Row, Table

ROWS_AT_MOST = 12


class KubeProxyTable(Table):
    """kube-proxy of the nodes that were looked at."""


@derives
def kube_proxy_table(troubles: NodeTroubles, pods: ProxyPods | None = None) -> KubeProxyTable | Irrelevant:
    """First where something is wrong; of all others as many as there is room for."""
    missing = [entry.node for entry in troubles.missing]
    wrong = [*missing, *(pod.spec.node_name for pod in troubles.down), *(entry.node for entry in troubles.late), *((troubles.at.node,) if troubles.at else ())]
    known = {pod.spec.node_name: pod for pod in pods or () if not pod.finished and not pod.terminating}
    if troubles.at and troubles.at.pod:
        known.setdefault(troubles.at.node, troubles.at.pod)
    nodes = list(dict.fromkeys((*wrong, *(node for node, _ in troubles.states), *sorted(known))))
    if not nodes:
        return Irrelevant("no node was looked at")
    absent = {*missing, *((troubles.at.node,) if troubles.at and troubles.at.missing else ())}

    def pod_cell(node: str) -> Cell:
        pod = known.get(node)
        if pod is None:
            return Cell("none", "broken") if node in absent else Cell("ready" if troubles.found and not troubles.found.short else "")
        return Cell(pod.name, "ok" if pod.ready else "broken")

    rows = tuple(Row(node, (pod_cell(node), *_state(troubles, node))) for node in nodes[:ROWS_AT_MOST])
    return KubeProxyTable("kube-proxy on the nodes", ("node", "Pod", "rules", "last written"), rows, hops=frozenset({"proxy"}))


def _state(troubles: NodeTroubles, node: str) -> tuple[Cell, Cell]:
    """What it says, and when it last wrote rules, as far as it tells."""
    state = troubles.state(node)
    if state is None:
        return Cell("not asked"), Cell("")
    ages = [age for age in (state.ipv4, state.ipv6, state.seconds * (state.outcome == "late")) if age > 0]
    ago = Cell(f"{duration(min(ages))} ago" if ages else "")
    if any(entry.node == node for entry in troubles.late):
        return Cell("not up to date", "broken"), ago
    if state.outcome == "current":
        return Cell("up to date", "ok"), ago
    return Cell("nothing listens" if state.outcome == "refused" else "another program listens", "unknown"), Cell("")
