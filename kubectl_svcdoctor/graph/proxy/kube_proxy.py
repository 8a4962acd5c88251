"""Who forwards ClusterIPs on the nodes: kube-proxy's DaemonSet, or what stands in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME
from kubectl_svcdoctor.model.cluster import ConfigMap
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import DaemonSet

SYSTEM = "kube-system"
IMAGE = re.compile(r"(^|/)kube-proxy(-[a-z0-9]+)?([:@]|$)")
REPLACED = ("true", "strict")  # values of Cilium's kube-proxy-replacement with which it forwards everything
# What a template may say of nodes without leaving out any that runs Pods of Linux.
_USUAL = re.compile(r"(beta\.)?kubernetes\.io/(os|arch)|type|kubernetes\.azure\.com/(cluster|mode)|eks\.amazonaws\.com/compute-type")


class SystemDaemonSets(tuple[DaemonSet, ...]):
    """The DaemonSets of kube-system, where kube-proxy runs, or most of what stands in its place."""


class CiliumConfig(tuple[ConfigMap, ...]):
    """Cilium's settings: one ConfigMap or none; read only where Cilium runs, with or without kube-proxy."""


@dataclass(frozen=True, slots=True)
class KubeProxy:
    """kube-proxy as a DaemonSet that is wanted on some node."""

    daemon_set: DaemonSet

    @property
    def short(self) -> bool:
        """Whether it is not ready on every node that it is wanted on."""
        return self.daemon_set.status.number_ready < self.daemon_set.status.desired_number_scheduled

    @property
    def narrow(self) -> bool:
        """Whether its template may leave out nodes that run Pods."""
        spec = self.daemon_set.spec.template.spec
        affinity = spec.affinity.node_affinity if spec.affinity else None
        terms = affinity.required.node_selector_terms if affinity and affinity.required else ()
        keys = (*spec.node_selector, *(entry.key for term in terms for entry in term.match_expressions))
        tolerated = {entry.effect for entry in spec.tolerations if entry.operator == "Exists" and not entry.key}
        return not ("" in tolerated or {"NoSchedule", "NoExecute"} <= tolerated) or not all(_USUAL.fullmatch(key) for key in keys)


@dataclass(frozen=True, slots=True)
class InItsPlace:
    """Something else forwards ClusterIPs; `name` is what it is called, `told` how that is known."""

    name: str
    told: str


@asks(SystemDaemonSets)
def system_daemon_sets(service: Service, slices: ServiceSlices) -> Query[DaemonSet] | Irrelevant:
    if service.headless or service.external or PROXY_NAME in service.labels:
        return Irrelevant("kube-proxy has nothing to do with the Service")
    if not any(endpoint.ready for part in slices for endpoint in part.endpoints or ()):
        return Irrelevant("there is no endpoint to forward to")
    return Query(DaemonSet, SYSTEM)


def _is_kube_proxy(item: DaemonSet) -> bool:
    spec = item.spec.template.spec
    windows = "windows" in (spec.node_selector.get("kubernetes.io/os"), item.name.rpartition("-")[2])
    return not windows and (item.name == "kube-proxy" or any(IMAGE.search(container.image) for container in spec.containers))


def _kube_proxies(daemons: SystemDaemonSets) -> list[DaemonSet]:
    return sorted((item for item in daemons if _is_kube_proxy(item)), key=lambda item: (item.name != "kube-proxy", item.name))


@asks(CiliumConfig)
def cilium_config(daemons: SystemDaemonSets) -> Query[ConfigMap] | Irrelevant:
    if not any(item.name == "cilium" for item in daemons):
        return Irrelevant("Cilium does not run")
    return Query(ConfigMap, SYSTEM, "cilium-config")


@derives
def who_forwards(daemons: SystemDaemonSets, cilium: CiliumConfig | None = None) -> KubeProxy | InItsPlace | Irrelevant:
    """Where nobody is found, kube-proxy may run all the same: as a static Pod, in the process of k3s, or as a program of the node."""
    found = _kube_proxies(daemons)
    replaced = cilium[0].data.get("kube-proxy-replacement", "") if cilium else ""
    if replaced in REPLACED:
        return InItsPlace("Cilium", f"ConfigMap {SYSTEM}/cilium-config: kube-proxy-replacement is {replaced}")
    other = next(((name, item) for item in daemons if (name := _replacing(item, alone=not found))), None)
    if other:
        return InItsPlace(other[0], f"DaemonSet {SYSTEM}/{other[1].name}")
    if len(found) != 1:
        return Irrelevant("no DaemonSet of kube-system is kube-proxy, or several are, so that none of them has to be on every node")
    status = found[0].status
    if status.observed_generation and not status.desired_number_scheduled:
        return InItsPlace("what stands in its place", f"DaemonSet {SYSTEM}/{found[0].name} is wanted on no node")
    return KubeProxy(found[0])


def _replacing(item: DaemonSet, alone: bool) -> str:
    """What takes kube-proxy's work over by this DaemonSet, empty for nothing; `alone`: kube-proxy has none."""
    containers = item.spec.template.spec.containers
    words = [word for container in containers for word in (*container.command, *container.args)]
    variables = {entry.name: entry.value for container in containers for entry in container.env}
    if variables.get("FELIX_BPFENABLED", "").lower() == "true":
        return "Calico (eBPF)"
    if "--run-service-proxy=true" in words or (alone and item.name == "kube-router" and "--run-service-proxy=false" not in words):
        return "kube-router"
    return {"anetd": "GKE Dataplane V2", "ovnkube-node": "OVN-Kubernetes" if alone else ""}.get(item.name, "")
