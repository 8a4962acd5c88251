"""kube-proxy's settings, read where the Service's address fails from a vantage, or a node port from this machine, though kube-proxy runs."""

from __future__ import annotations

from kubectl_svcdoctor.graph.nodeport.views import LocalView
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.at_vantage import ShutAddress
from kubectl_svcdoctor.graph.proxy.kube_proxy import SYSTEM, KubeProxy
from kubectl_svcdoctor.model.cluster import ConfigMap
from kubectl_svcdoctor.model.proxy_config import ProxyConfig, parsed
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query


class ProxySettings(tuple[ConfigMap, ...]):
    """The ConfigMap that kubeadm and most others give kube-proxy: one, or none."""


@asks(ProxySettings)
def proxy_settings(found: KubeProxy, shut: ShutAddress | None = None, view: LocalView | None = None) -> Query[ConfigMap] | Irrelevant:
    """Where Pods of kube-proxy are missing, that is the cause."""
    failing = view is not None and any(attempt.door.serves and not attempt.forwards for attempt in view.attempts)
    if shut is None and not failing:
        return Irrelevant("nothing that kube-proxy should forward is known to fail")
    return Irrelevant("kube-proxy does not run everywhere") if found.short or found.narrow else Query(ConfigMap, SYSTEM, "kube-proxy")


@derives
def proxy_config(settings: ProxySettings) -> ProxyConfig | Irrelevant:
    text = settings[0].data.get("config.conf", "") if settings else ""
    return parsed(text) if text else Irrelevant("kube-proxy's settings are not in ConfigMap kube-proxy")
