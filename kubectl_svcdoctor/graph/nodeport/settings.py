"""kube-proxy's settings, read where an address of a node does not answer at a node port."""

from __future__ import annotations

from kubectl_svcdoctor.graph.nodeport.views import LocalView
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.kube_proxy import SYSTEM, KubeProxy
from kubectl_svcdoctor.model.cluster import ConfigMap
from kubectl_svcdoctor.model.proxy_config import ProxyConfig, parsed
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query


class NodePortSettings(tuple[ConfigMap, ...]):
    """The ConfigMap that kubeadm and most others give kube-proxy: one, or none."""


class NodePortConfig(ProxyConfig):
    """The same, parsed."""


@asks(NodePortSettings)
def node_port_settings(view: LocalView, found: KubeProxy) -> Query[ConfigMap] | Irrelevant:
    """Where kube-proxy runs, and something that it should forward does not come through."""
    if all(attempt.forwards or not attempt.door.serves for attempt in view.attempts):
        return Irrelevant("every node port answers that should")
    return Query(ConfigMap, SYSTEM, "kube-proxy")


@derives
def node_port_config(settings: NodePortSettings) -> NodePortConfig | Irrelevant:
    text = settings[0].data.get("config.conf", "") if settings else ""
    found = parsed(text)
    return NodePortConfig(found.mode, found.local, found.networks, found.node_ports) if text else Irrelevant("its settings are not in ConfigMap kube-proxy")
