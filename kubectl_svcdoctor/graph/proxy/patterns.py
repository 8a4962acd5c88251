"""What shows only inside of a node: where connections from a vantage fail in a way that fits, it is named as what to look at, and no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.proxy.at_vantage import AtVantage, ShutAddress
from kubectl_svcdoctor.graph.proxy.tried import Tried
from kubectl_svcdoctor.model.evidence import ServiceSlices, VantagePod
from kubectl_svcdoctor.model.service import ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant


@dataclass(frozen=True, slots=True)
class Hint:
    """What to look at, as the first words of a fix."""

    look: str


class Hints(dict[ServicePort, Hint]):
    """By the port that fails."""


@derives
def hints(shut: ShutAddress, slices: ServiceSlices, client: VantagePod, at: AtVantage | None = None) -> Hints | Irrelevant:
    """All endpoints are alive, and kube-proxy of that node says that it has written its rules: then it is what becomes of the packets there."""
    if at is None or not at.current:
        return Irrelevant("kube-proxy of the node is not known to keep its rules up to date")
    nodes = {address: entry.node_name for part in slices for entry in part.endpoints or () for address in entry.addresses[:1]}
    host = bool(client) and client[0].spec.host_network
    found = {tried.port: _hint(tried, nodes, host) for tried in shut.tried if not tried.dead and tried.endpoints}
    return Hints(found) if found else Irrelevant("some endpoints are dead")


def _hint(tried: Tried, nodes: Mapping[str, str], host: bool) -> Hint:
    node = tried.vantage.node
    near = [address for address, *_ in tried.endpoints if nodes.get(address) == node]
    far = [address for address, *_ in tried.endpoints if nodes.get(address) != node]
    # What a bridge passes from Pod to Pod is shown to the rules only if the kernel is told to: the answer then comes from an address that nobody asked.
    if near and not host and (not far or tried.mixed):
        return Hint(f"see on node {node} whether packets of its bridge pass its rules, since it is the endpoints of the same node that may fail: "
                    "sysctl net.bridge.bridge-nf-call-iptables has to be 1 (module br_netfilter)")
    # A tunnel's device that does not fill in checksums spoils what the node itself sends to an address that is translated.
    if far and host and (not near or tried.mixed):
        return Hint(f"see on node {node} whether its tunnel's device offloads checksums, as old kernels do wrongly for what a node itself sends: "
                    "ethtool -k DEVICE (flannel.1, vxlan.calico)")
    if tried.mixed:
        return Hint(f"see on node {node} whether its table of connections is full: dmesg says nf_conntrack: table full, and sysctl "
                    "net.netfilter.nf_conntrack_count comes near nf_conntrack_max")
    return Hint(f"see on node {node} what drops the packets: rules that another mode of kube-proxy has left behind (kube-proxy --cleanup, or a reboot, "
                "removes them), or a firewall's: iptables-save, nft list ruleset")
